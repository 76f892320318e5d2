//! `run` in its own process: its workers, the signals that drain it, and its errors.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::Command;

use futures_util::{SinkExt, StreamExt};
use tokio_websockets::Message;
use ws_tests::process::{Process, connect, free_addr, start};
use ws_tests::raw::{self, HEADERS, Raw};
use ws_tests::{Client, closed, text, within};

fn served(addr: SocketAddr, how: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_served"));
    command.args([&addr.to_string(), how]).env("RUST_LOG", "info");
    command
}

/// Connects `count` clients, and returns each with the thread that its connection runs on.
async fn clients(addr: SocketAddr, count: usize) -> Vec<(Client, String)> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = connect(addr, "/served").await;
        let thread = text(&mut client).await;
        clients.push((client, thread));
    }
    clients
}

/// Lets all clients talk, then ends the program with `signal`.
async fn talk_and_signal(process: &mut Process, mut clients: Vec<(Client, String)>, signal: &str) {
    for (number, (client, _)) in clients.iter_mut().enumerate() {
        within(client.send(Message::text(format!("client {number}")))).await.unwrap();
    }
    for (number, (client, _)) in clients.iter_mut().enumerate() {
        assert_eq!(text(client).await, format!("received client {number}"));
    }
    process.signal(signal);
    let count = clients.len();
    for (client, _) in &mut clients {
        assert_eq!(closed(client).await, (1001, "the server is shutting down".to_owned()));
        assert!(within(client.next()).await.is_none_or(|message| message.is_err()));
    }
    drop(clients);
    let status = process.ended().await;
    assert_eq!(status.code(), Some(0), "{process:?}");
    // Each `terminate` has returned, and each belongs to a different connection.
    let output = process.stdout();
    let terminated: BTreeSet<_> = output.lines().filter(|line| line.starts_with("terminated ")).collect();
    assert_eq!(terminated.len(), count, "{process:?}");
    assert!(terminated.iter().all(|line| line.ends_with(": the server is shutting down")), "{process:?}");
    assert!(output.contains("drained"), "{process:?}");
}

#[tokio::test]
async fn run_serves_linked_routes_until_sigterm() {
    let (addr, mut process) = start(|addr| served(addr, "run")).await;
    process.prints("/served  served::Served  tests/programs/served.rs:").await;
    let clients = clients(addr, 3).await;
    talk_and_signal(&mut process, clients, "TERM").await;
}

#[tokio::test]
async fn connections_live_on_every_worker_until_ctrl_c() {
    let (addr, mut process) = start(|addr| served(addr, "two")).await;
    let clients = clients(addr, 6).await;
    // A worker accepts no more while it has two more than the other.
    let mut threads = BTreeMap::new();
    for (_, thread) in &clients {
        *threads.entry(thread.as_str()).or_insert(0) += 1;
    }
    assert_eq!(threads.len(), 2, "{threads:?}");
    talk_and_signal(&mut process, clients, "INT").await;
}

#[tokio::test]
async fn a_listener_of_the_programs_own_is_served_on_every_worker() {
    let (addr, mut process) = start(|addr| served(addr, "given")).await;
    let clients = clients(addr, 4).await;
    let threads: BTreeSet<_> = clients.iter().map(|(_, thread)| thread.as_str()).collect();
    assert_eq!(threads.len(), 2, "{threads:?}");
    talk_and_signal(&mut process, clients, "TERM").await;
}

#[tokio::test]
async fn a_program_without_clients_ends_at_once() {
    let (addr, mut process) = start(|addr| served(addr, "two")).await;
    // The program handles signals by the time it answers a request.
    let answer = Raw::open(addr).await.request("GET", "/", &HEADERS).await;
    assert_eq!(answer.status, 404);
    process.signal("TERM");
    assert_eq!(process.ended().await.code(), Some(0), "{process:?}");
}

#[tokio::test]
async fn requests_in_progress_are_answered_before_the_program_ends() {
    let (addr, mut process) = start(|addr| served(addr, "two")).await;
    let (mut page, mut handshake) = (Raw::open(addr).await, Raw::open(addr).await);
    page.send(&raw::request("GET", "/page", &[("Host", "localhost")])).await;
    handshake.send(&raw::request("GET", "/slow", &HEADERS)).await;
    process.prints("writing").await;
    process.prints("deciding").await;
    process.signal("TERM");
    let page = page.response().await;
    assert_eq!((page.status, page.body.as_str()), (200, "a slow page"));
    // A draining server rejects upgrades.
    let refused = handshake.response().await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(process.ended().await.code(), Some(0), "{process:?}");
}

#[tokio::test]
async fn a_second_signal_does_not_wait_for_the_drain() {
    let (addr, mut process) = start(|addr| served(addr, "two")).await;
    let mut clients = clients(addr, 2).await;
    // The drain would wait 30 s for this callback, which never returns.
    within(clients[0].0.send(Message::text("stuck"))).await.unwrap();
    process.prints("stuck").await;
    process.signal("TERM");
    assert_eq!(closed(&mut clients[1].0).await.0, 1001);
    process.prints("terminated ").await;
    process.signal("INT");
    assert_eq!(process.ended().await.code(), Some(0), "{process:?}");
}

#[tokio::test]
async fn a_second_program_on_the_same_port_fails_in_words() {
    let (addr, first) = start(|addr| served(addr, "two")).await;
    let mut second = Process::spawn(&mut served(addr, "run"));
    assert_eq!(second.ended().await.code(), Some(1), "{second:?}");
    second.complains(&format!("Error: cannot listen on \"{addr}\": ")).await;
    second.complains("another program uses this address: stop it, or choose another port").await;
    let mut client = connect(addr, "/served").await;
    within(client.send(Message::text("still"))).await.unwrap();
    text(&mut client).await;
    assert_eq!(text(&mut client).await, "received still", "{first:?}");
}

#[tokio::test]
async fn a_program_without_handlers_fails_in_words() {
    let mut process = Process::spawn(&mut served(free_addr(), "none"));
    assert_eq!(process.ended().await.code(), Some(1), "{process:?}");
    process.complains("Error: this app has no routes: ").await;
    process.complains("use your_crate as _;").await;
}
