//! Mistakes that could crash a whole program, or keep it from exiting, each in a separate process.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::Instant;
use ws_tests::process::{Process, start};
use ws_tests::raw::{HEADERS, Raw, TEXT, request};
use ws_tests::within;

use super::echoes;

/// Starts the program, which has two workers.
async fn careless() -> (SocketAddr, Process) {
    start(|addr| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_careless"));
        command.arg(addr.to_string()).env("RUST_LOG", "info");
        command
    })
    .await
}

async fn connect_and_send(addr: SocketAddr, path: &str) -> Raw {
    let mut client = Raw::connect(addr, path).await;
    client.frame(TEXT, b"now").await;
    client
}

/// Opens four connections, and returns the two that reach the worker that is not blocked.
async fn let_in(addr: SocketAddr) -> Vec<Raw> {
    let connecting: FuturesUnordered<_> = (0..4)
        .map(|_| async move {
            let mut client = Raw::open(addr).await;
            client.send(&request("GET", "/echo", &HEADERS)).await;
            // The others get no response within the time limit of a test.
            let mut byte = [0];
            client.stream.peek(&mut byte).await.expect("an open connection");
            assert_eq!(client.response().await.status, 101);
            client
        })
        .collect();
    within(connecting.take(2).collect()).await
}

#[tokio::test]
async fn a_callback_that_blocks_its_thread_stops_neither_accepting_nor_the_drain_of_sigterm() {
    // Connections go to the workers in turn, so the test blocks one worker and then the other.
    for before in 0..2 {
        let (addr, mut process) = careless().await;
        for _ in 0..before {
            echoes(&mut Raw::connect(addr, "/echo").await, "just passing by").await;
        }
        let _blocking = connect_and_send(addr, "/blocks").await;
        process.prints("blocked").await;
        for mut client in let_in(addr).await {
            echoes(&mut client, "still here").await;
        }
        let clients = let_in(addr).await;
        process.signal("TERM");
        for mut client in clients {
            assert_eq!(client.read().await.expect("a close").close(), (1001, "the server is shutting down"));
            client.close(1001, "").await;
            assert_eq!(client.read().await, None);
        }
        assert!(TcpStream::connect(addr).await.is_err(), "the listener is closed");
        assert_eq!(process.status(), None, "the blocked callback has until the deadline");

        // A second signal does not wait for the blocked callback.
        process.signal("INT");
        assert_eq!(process.ended().await.code(), Some(0), "{process:?}");
        assert!(process.stdout().contains("received a second signal: skipping the drain"), "{process:?}");
    }
}

#[tokio::test]
async fn a_second_ctrl_c_ends_the_program_at_once() {
    let (addr, mut process) = careless().await;
    let _waiting = connect_and_send(addr, "/waits").await;
    process.prints("waiting").await;
    let mut other = Raw::connect(addr, "/echo").await;
    process.signal("INT");
    // The drain has begun and waits for the callback.
    assert_eq!(other.read().await.expect("a close").close().0, 1001);
    assert_eq!(process.status(), None);
    let asked = Instant::now();
    process.signal("INT");
    assert_eq!(process.ended().await.code(), Some(0), "{process:?}");
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    // `terminate` runs all the same.
    assert_eq!(process.stdout().matches("terminated: ").count(), 1, "{process:?}");
}

#[tokio::test]
async fn c12_several_infos_that_panic_when_dropped_end_one_connection_and_not_the_program() {
    let (addr, mut process) = careless().await;
    let mut neighbour = Raw::connect(addr, "/echo").await;
    let mut client = connect_and_send(addr, "/bombs").await;
    let close = client.read().await.unwrap_or_else(|| panic!("no close frame: {process:?}"));
    assert_eq!(close.close().0, 1000);
    process.prints("terminated: ").await;
    echoes(&mut neighbour, "still here").await;
    assert_eq!(process.stdout().matches("terminated: ").count(), 1, "{process:?}");
}
