//! TCP connections that never send a request: they keep nobody out, whether their number is the limit or the system's
//! descriptors are.

use std::fs;
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
    let server = Server::start(App::empty().mount::<Echo>("/", ()).max_half_open(3)).await;
    // One that has sent a request is not half open, though it goes on speaking HTTP.
    let mut asked = Raw::open(server.addr).await;
    assert_eq!(asked.request("GET", "/nowhere", &HEADERS).await.status, 404);
    let mut silent = Vec::new();
    for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\n"] {
        let mut raw = Raw::open(server.addr).await;
        raw.send(begun.as_bytes()).await;
        silent.push(raw);
    }
    // Three more: one after another the silent ones go, and those that speak stay.
    let mut others = Vec::new();
    for (number, silent) in (1..).zip(&mut silent) {
        let mut raw = Raw::open(server.addr).await;
        assert!(is_cut(silent).await);
        assert_eq!(server.app.stats().limited("max_half_open"), number);
        raw.send(&request("GET", "/", &HEADERS)).await;
        assert_eq!(raw.response().await.status, 101);
        echoes(&mut raw).await;
        // Its place among the half open is taken again.
        others.push((raw, Raw::open(server.addr).await));
    }
    assert_eq!(asked.request("GET", "/", &HEADERS).await.status, 101);
}

#[tokio::test]
async fn a_head_that_takes_more_than_ten_seconds_is_not_waited_for() {
    let server = Server::start(App::empty().mount::<Echo>("/", ())).await;
    let mut slow = Raw::open(server.addr).await;
    slow.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n").await;
    // The server has seen it, since it answers who came later.
    let (mut other, response) = shake(&server, "/", &[]).await;
    assert_eq!(response.status, 101);
    pass(Duration::from_secs(11)).await;
    assert!(is_cut(&mut slow).await);
    until(|| server.app.stats().limited("request_head") == 1).await;
    echoes(&mut other).await;
}

/// With so few descriptors that some dozen connections take them all.
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
async fn those_that_say_nothing_and_take_all_descriptors_keep_nobody_out() {
    let (addr, mut process) = poor().await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(Raw::open(addr).await);
    }
    process.says("no connection can be accepted for now").await;
    // Within the patience of a test, and so before the ten seconds that each of them would have for its request.
    for _ in 0..3 {
        is_served(addr).await;
    }
    assert_eq!(process.stdout().matches("no connection can be accepted").count(), 1, "{process:?}");
    assert_eq!(process.status(), None, "{process:?}");
}

/// User and system time of a process so far, in hundredths of a second.
fn cpu(process: &Process) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.id())).expect("a process");
    let (_, fields) = stat.rsplit_once(')').expect("a name in parentheses");
    fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks")).sum()
}

#[tokio::test]
async fn without_a_descriptor_left_accepting_rests_and_goes_on_when_there_is_one() {
    let (addr, mut process) = poor().await;
    let mut clients = Vec::new();
    while !process.stdout().contains("no connection can be accepted") {
        let mut raw = Raw::open(addr).await;
        raw.send(&request("GET", "/served", &HEADERS)).await;
        clients.push(raw);
        assert!(clients.len() < 200, "{process:?}");
    }
    let before = cpu(&process);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let spent = cpu(&process) - before;
    assert!(spent < 30, "{spent} hundredths of a second in one, with nothing to do");
    // The first of them still talks, and the last is served once there is room.
    let (first, last) = (0, clients.len() - 1);
    assert_eq!(clients[first].response().await.status, 101);
    clients[first].read().await.expect("a greeting");
    clients[first].frame(TEXT, b"hi").await;
    assert_eq!(clients[first].read().await.expect("an answer").text(), "heard hi");
    drop(clients.drain(first..last));
    assert_eq!(clients[0].response().await.status, 101);
    is_served(addr).await;
    assert_eq!(process.status(), None, "{process:?}");
}
