//! The workers of `run`, which all accept connections: where these are placed, and a worker that a callback blocks.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;

use tokio::io::AsyncReadExt;
use ws_tests::process::{Process, start};
use ws_tests::raw::{HEADERS, Raw, TEXT, request};
use ws_tests::{until, within};

/// Starts a program with two workers.
async fn two() -> (SocketAddr, Process) {
    served("two").await
}

async fn served(how: &str) -> (SocketAddr, Process) {
    start(|addr| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_served"));
        command.args([&addr.to_string(), how]).env("RUST_LOG", "info");
        command
    })
    .await
}

/// Connects, and returns the name of the thread that the connection runs on, too.
async fn connect(addr: SocketAddr) -> (Raw, String) {
    let mut client = Raw::connect(addr, "/served").await;
    let thread = client.read().await.expect("a greeting").text().to_owned();
    (client, thread)
}

/// Connects, and blocks the worker of the connection for four seconds.
async fn block(addr: SocketAddr, process: &mut Process) -> (Raw, String) {
    let (mut client, thread) = connect(addr).await;
    client.frame(TEXT, b"block").await;
    process.prints("blocking").await;
    (client, thread)
}

/// Whether the worker of this client is still blocked: otherwise it would have answered.
fn is_blocked(client: &Raw) -> bool {
    client.stream.try_read(&mut [0; 1]).is_err()
}

fn count(threads: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    threads.into_iter().for_each(|thread| *counts.entry(thread).or_insert(0) += 1);
    counts
}

#[tokio::test]
async fn four_hundred_connections_are_spread_over_the_workers() {
    let (addr, _process) = two().await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        clients.push(connect(addr).await);
    }
    // The others come at once.
    let head = request("GET", "/served", &HEADERS);
    let mut burst = Vec::new();
    for _ in 0..200 {
        let mut client = Raw::open(addr).await;
        client.send(&head).await;
        burst.push(client);
    }
    for mut client in burst {
        assert_eq!(client.response().await.status, 101);
        let thread = client.read().await.expect("a greeting").text().to_owned();
        clients.push((client, thread));
    }
    let threads = count(clients.iter().map(|(_, thread)| thread.clone()));
    assert!(threads.len() == 2 && threads.values().all(|open| *open >= 100), "{threads:?}");
}

/// Those whose connections end make room on their worker.
#[tokio::test]
async fn new_connections_go_to_the_worker_that_has_lost_some() {
    let (addr, process) = two().await;
    let mut clients = Vec::new();
    for _ in 0..100 {
        clients.push(connect(addr).await);
    }
    let emptied = clients[0].1.clone();
    let (gone, mut stay): (Vec<_>, Vec<_>) = clients.into_iter().partition(|(_, thread)| *thread == emptied);
    assert!(gone.len() >= 30 && stay.len() >= 30, "{} and {}", gone.len(), stay.len());
    let leaving = gone.len();
    drop(gone);
    until(|| process.stdout().matches("terminated ").count() == leaving).await;
    for _ in 0..30 {
        stay.push(connect(addr).await);
    }
    let threads = count(stay.into_iter().map(|(_, thread)| thread));
    assert!(threads.get(&emptied).is_some_and(|open| *open >= 20), "{threads:?}");
}

#[tokio::test]
async fn no_client_waits_for_a_worker_that_a_callback_blocks() {
    let (addr, mut process) = two().await;
    let (blocked, thread) = block(addr, &mut process).await;
    let mut clients = Vec::new();
    for _ in 0..40 {
        clients.push(connect(addr).await);
    }
    assert!(is_blocked(&blocked), "{process:?}");
    assert!(clients.iter().all(|(_, other)| *other != thread), "{process:?}");
}

#[tokio::test]
async fn a_burst_of_clients_does_not_wait_for_a_worker_that_a_callback_blocks() {
    let (addr, mut process) = two().await;
    let (blocked, _) = block(addr, &mut process).await;
    let head = request("GET", "/served", &HEADERS);
    let mut clients = Vec::new();
    for _ in 0..300 {
        let mut client = Raw::open(addr).await;
        client.send(&head).await;
        clients.push(client);
    }
    for client in &mut clients {
        assert_eq!(client.response().await.status, 101);
    }
    assert!(is_blocked(&blocked), "{process:?}");
}

/// The worker still holds the listener. One that the program has opened stays open, since other processes may share it:
/// then clients can connect.
#[tokio::test]
async fn a_draining_server_keeps_no_client_waiting_although_a_worker_is_blocked() {
    for (how, listens) in [("two", false), ("given", true)] {
        let (addr, mut process) = served(how).await;
        let (blocked, thread) = block(addr, &mut process).await;
        let mut other = connect(addr).await;
        assert_ne!(other.1, thread);
        process.signal("TERM");
        // The drain has begun once it closes this connection.
        assert_eq!(other.0.read().await.expect("a close frame").close().0, 1001);
        for _ in 0..3 {
            let late = tokio::net::TcpStream::connect(addr).await;
            assert_eq!(late.is_ok(), listens, "{how}");
            if let Ok(mut late) = late {
                assert!(!within(late.read(&mut [0; 1])).await.is_ok_and(|read| read > 0));
            }
        }
        assert!(is_blocked(&blocked), "{process:?}");
        assert_eq!(process.ended().await.code(), Some(0), "{process:?}");
    }
}
