//! Reconnect storms: thousands of clients that connect and send their requests at once, and do nothing wrong.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use ws_core::prelude::*;
use ws_tests::process::start;
use ws_tests::raw::{HEADERS, Raw, TEXT, request};
use ws_tests::{PATIENCE, Server, until};

use super::{Echo, shake};

/// Connects, and sends `bytes`. The server, on this thread, accepts and reads nothing meanwhile.
fn connect(addr: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect_timeout(&addr, PATIENCE).expect("a place in the queue");
    stream.write_all(bytes).expect("an open connection");
    stream.set_nonblocking(true).expect("a socket");
    stream
}

/// Returns the beginning of the response, once it has arrived.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = [0; 12];
    let mut read = Err(std::io::ErrorKind::WouldBlock.into());
    until(|| {
        read = stream.read(&mut answer);
        !matches!(&read, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    })
    .await;
    let length = read.unwrap_or_else(|error| panic!("an honest client was cut off: {error}"));
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn of_many_that_come_back_at_once_none_is_cut_off() {
    const MANY: usize = 400;

    let server = Server::start(App::new().mount::<Echo>("/", ()).max_half_open(8)).await;
    let head = request("GET", "/", &HEADERS);
    let mut clients: Vec<_> = (0..MANY).map(|_| connect(server.addr, &head)).collect();
    for client in &mut clients {
        assert_eq!(answer(client).await, "HTTP/1.1 101");
    }
    assert_eq!(server.app.stats().limited("max_half_open"), 0);
}

#[tokio::test]
async fn a_server_that_was_held_up_does_not_blame_those_whose_requests_it_has_not_read() {
    let server = Server::start(App::new().mount::<Echo>("/", ()).max_half_open(3)).await;
    let mut early: Vec<_> = (0..2).map(|_| connect(server.addr, b"")).collect();
    // The server has accepted them by the time that it answers a later one.
    assert_eq!(shake(&server, "/", &[]).await.1.status, 101);
    let head = request("GET", "/", &HEADERS);
    for client in &mut early {
        client.write_all(&head).unwrap();
    }
    let late = (0..8).map(|_| connect(server.addr, &head));
    let mut all: Vec<_> = early.into_iter().chain(late).collect();
    // Longer than a client has for its request. A callback that blocks its thread does the same.
    std::thread::sleep(Duration::from_millis(3100));
    for client in &mut all {
        assert_eq!(answer(client).await, "HTTP/1.1 101");
    }
    assert_eq!(server.app.stats().limited("max_half_open"), 0);
}

#[tokio::test]
async fn a_callback_that_blocks_its_thread_costs_no_other_client_its_connection() {
    let (addr, mut process) = start(|addr| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_served"));
        command.args([&addr.to_string(), "narrow"]).env("RUST_LOG", "info");
        command
    })
    .await;
    let mut blocks = Raw::connect(addr, "/served").await;
    blocks.read().await.expect("a greeting");
    blocks.frame(TEXT, b"block").await;
    process.prints("blocking").await;
    // Nobody accepts them meanwhile, then there are too many at once.
    let head = request("GET", "/served", &HEADERS);
    let mut clients: Vec<_> = (0..12).map(|_| connect(addr, &head)).collect();
    for client in &mut clients {
        assert_eq!(answer(client).await, "HTTP/1.1 101");
    }
    assert_eq!(blocks.read().await.expect("an answer").text(), "received block");
    blocks.frame(TEXT, b"half_open").await;
    assert_eq!(blocks.read().await.expect("an answer").text(), "0");
}

#[tokio::test]
async fn while_nobody_can_give_way_the_next_wait_in_the_systems_queue() {
    let server = Server::start(App::new().mount::<Echo>("/", ()).max_half_open(2)).await;
    // These two have had no time for their requests yet. The third one, with its request, waits until they have.
    let mut silent = [Raw::open(server.addr).await, Raw::open(server.addr).await];
    let (_client, response) = shake(&server, "/", &[]).await;
    assert_eq!(response.status, 101);
    assert_eq!(server.app.stats().limited("max_half_open"), 1);
    // The second one still has its place.
    assert_eq!(silent[1].request("GET", "/", &HEADERS).await.status, 101);
}

/// The limit of the system, on Linux.
fn somaxconn() -> usize {
    let limit = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap_or_default();
    limit.trim().parse().unwrap_or(128)
}

#[tokio::test]
async fn thousands_wait_to_be_accepted_unless_the_backlog_is_shorter() {
    let app = || App::new().mount::<Echo>("/", ());
    let patience = Duration::from_millis(300);
    // Nothing is accepted before `serve`.
    let server = app().bind("127.0.0.1:0").await.unwrap();
    let addr = server.local_addr().unwrap();
    let waiting: Vec<_> =
        (0..somaxconn().min(600)).map(|_| TcpStream::connect_timeout(&addr, patience)).collect();
    assert!(waiting.iter().all(Result::is_ok));
    let server = app().backlog(4).bind("127.0.0.1:0").await.unwrap();
    let addr = server.local_addr().unwrap();
    let waiting: Vec<_> = (0..6).map(|_| TcpStream::connect_timeout(&addr, patience)).collect();
    assert!(waiting[..4].iter().all(Result::is_ok) && waiting[5].is_err(), "{waiting:?}");
    let error = app().backlog(0).bind("127.0.0.1:0").await.unwrap_err().to_string();
    assert_eq!(error, "`backlog` must be at least 1");
}
