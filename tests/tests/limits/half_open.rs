//! TCP connections that never send a request. They keep no other client out, whether they reach the limit or use up the
//! system's descriptors.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use ws_core::prelude::*;
use ws_tests::process::{Process, start};
use ws_tests::raw::{HEADERS, Raw, TEXT, request};
use ws_tests::{Server, pass, until, within};

use super::{Echo, echoes, shake};

async fn is_cut(raw: &mut Raw) -> bool {
    within(raw.stream.read_u8()).await.is_err()
}

#[tokio::test]
async fn the_oldest_gives_way_to_one_too_many() {
    let server = Server::start(App::new().mount::<Echo>("/", ()).max_half_open(4)).await;
    let mut silent = Vec::new();
    for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\n"] {
        let mut raw = Raw::open(server.addr).await;
        raw.send(begun.as_bytes()).await;
        silent.push(raw);
    }
    // The server has seen them by the time that it answers a later one.
    assert_eq!(shake(&server, "/", &[]).await.1.status, 101);
    pass(Duration::from_secs(3)).await;
    let _young = Raw::open(server.addr).await;
    // Each new connection evicts the oldest silent one, which has had 3 s for its request.
    let mut others = Vec::new();
    for (number, silent) in (1..).zip(&mut silent) {
        let mut raw = Raw::open(server.addr).await;
        assert!(is_cut(silent).await);
        assert_eq!(server.app.stats().limited("max_half_open"), number);
        raw.send(&request("GET", "/", &HEADERS)).await;
        assert_eq!(raw.response().await.status, 101);
        echoes(&mut raw).await;
        // Another half-open connection takes its place.
        others.push((raw, Raw::open(server.addr).await));
    }
}

#[tokio::test]
async fn a_head_that_takes_more_than_ten_seconds_is_not_waited_for() {
    let server = Server::start(App::new().mount::<Echo>("/", ())).await;
    let mut slow = Raw::open(server.addr).await;
    slow.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n").await;
    // The server has seen the connection by the time that it answers a later one.
    let (mut other, response) = shake(&server, "/", &[]).await;
    assert_eq!(response.status, 101);
    pass(Duration::from_secs(11)).await;
    assert!(is_cut(&mut slow).await);
    until(|| server.app.stats().limited("request_head") == 1).await;
    echoes(&mut other).await;
}

/// Starts a program with so few descriptors that a few dozen connections use them up.
async fn poor() -> (SocketAddr, Process) {
    start(|addr| {
        let mut command = Command::new("sh");
        let served = env!("CARGO_BIN_EXE_served");
        command.args(["-c", "ulimit -n 64; exec \"$0\" \"$@\"", served, &addr.to_string(), "two"]);
        command.env("RUST_LOG", "info");
        command
    })
    .await
}

async fn is_served(addr: SocketAddr) -> Raw {
    let mut raw = Raw::open(addr).await;
    let response = raw.request("GET", "/served", &HEADERS).await;
    assert_eq!(response.status, 101, "{response:?}");
    assert!(raw.read().await.expect("a greeting").text().starts_with("ws-worker-"));
    raw
}

#[tokio::test]
async fn silent_connections_that_take_all_descriptors_keep_nobody_out() {
    let (addr, mut process) = poor().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(Raw::open(addr).await);
    }
    process.prints("cannot accept connections").await;
    // Within the time limit of a test, and so before the ten seconds that each silent connection has for its request.
    for _ in 0..3 {
        is_served(addr).await;
    }
    assert_eq!(process.stdout().matches("cannot accept connections").count(), 1, "{process:?}");
    assert_eq!(process.status(), None, "{process:?}");
}

#[tokio::test]
async fn those_that_are_kept_alive_and_take_all_descriptors_keep_nobody_out() {
    let (addr, mut process) = poor().await;
    let mut asking: Vec<Raw> = Vec::new();
    while !process.stdout().contains("cannot accept connections") {
        let mut raw = Raw::open(addr).await;
        raw.send(&request("GET", "/nowhere", &[("Host", "localhost")])).await;
        asking.push(raw);
        // Each of them asks again, so that it stays.
        for raw in &mut asking {
            let _ = raw.stream.try_write(&request("GET", "/nowhere", &[("Host", "localhost")]));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(asking.len() < 200, "{process:?}");
    }
    for _ in 0..3 {
        is_served(addr).await;
    }
    assert_eq!(process.status(), None, "{process:?}");
}

/// Returns how often the server behind `client` has run out of descriptors.
async fn failures(client: &mut Raw) -> u64 {
    client.frame(TEXT, b"descriptors").await;
    client.read().await.expect("an answer").text().parse().expect("a number")
}

#[tokio::test]
async fn without_a_descriptor_left_accepting_rests_and_goes_on_when_there_is_one() {
    let (addr, mut process) = poor().await;
    let mut clients = Vec::new();
    while !process.stdout().contains("cannot accept connections") {
        let mut raw = Raw::open(addr).await;
        raw.send(&request("GET", "/served", &HEADERS)).await;
        clients.push(raw);
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(clients.len() < 200, "{process:?}");
    }
    // The first connection still works. In the meantime the server retries to accept, but not in a busy loop.
    let first = &mut clients[0];
    assert_eq!(first.response().await.status, 101);
    first.read().await.expect("a greeting");
    let before = failures(first).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let tries = failures(first).await - before;
    assert!((1..=15).contains(&tries), "{tries} tries in a second");
    // Once there are descriptors, the server accepts the last connection and those after it.
    clients.drain(..clients.len() - 1);
    assert_eq!(clients[0].response().await.status, 101);
    is_served(addr).await;
    assert_eq!(process.status(), None, "{process:?}");
}
