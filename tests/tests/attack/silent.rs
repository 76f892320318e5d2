//! Thousands of connections that send nothing, before or after the handshake.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use ws_core::prelude::*;
use ws_tests::raw::{CLOSE, HEADERS, Raw, request};
use ws_tests::{Server, pass, until, within};

use super::{Echo, echoes, held, runtime};

const MANY: usize = 2000;

/// Raises the limit of file descriptors, which is too low by default on many systems. Panics with instructions if the
/// system does not allow it.
fn wants_descriptors() {
    let wanted = 3 * MANY as u64;
    let granted = rlimit::increase_nofile_limit(wanted).expect("a readable limit");
    assert!(granted >= wanted, "too few descriptors: run `ulimit -H -n {wanted}` as root first");
}

/// Opens [`MANY`] connections that send nothing.
async fn silent(addr: SocketAddr) -> Vec<Raw> {
    let mut clients = Vec::with_capacity(MANY);
    for _ in 0..MANY {
        clients.push(Raw::open(addr).await);
    }
    clients
}

/// Like [`Raw::connect`], but reads the response in blocks instead of bytes.
async fn upgraded(addr: SocketAddr) -> Raw {
    let mut raw = Raw::open(addr).await;
    raw.send(&request("GET", "/", &HEADERS)).await;
    let (mut head, mut length) = ([0; 1024], 0);
    while !head[..length].ends_with(b"\r\n\r\n") {
        length += within(raw.stream.read(&mut head[length..])).await.expect("an answer");
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    raw
}

#[test]
fn thousands_without_a_request_cost_as_many_places_as_there_are() {
    wants_descriptors();
    let mut costs = Vec::new();
    for most in [400, usize::MAX] {
        let runtime = runtime();
        let app = App::new().mount::<Echo>("/", ()).max_half_open(most);
        let server = runtime.block_on(Server::start(app));
        costs.push(held(&runtime, async {
            let mut early = Raw::connect(server.addr, "/").await;
            let _silent = silent(server.addr).await;
            let cut = MANY.saturating_sub(most) as u64;
            // Each has 3 s for its request before it makes room for the next one.
            while server.app.stats().limited("max_half_open") < cut {
                pass(Duration::from_secs(3)).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
                assert_eq!(server.app.stats().limited("request_head"), 0);
            }
            echoes(&mut early).await;
            echoes(&mut Raw::connect(server.addr, "/").await).await;
            assert!(server.app.stats().limited("max_half_open") <= cut + 1);
        }));
    }
    assert!(costs[0] * 4 < costs[1], "{costs:?} bytes");
}

#[test]
fn thousands_of_silent_connections_cost_little_and_end_in_their_time() {
    wants_descriptors();
    for idle in [Some(Duration::from_secs(60)), None] {
        let runtime = runtime();
        let app = App::new().mount::<Echo>("/", ()).idle_timeout(idle).heartbeat(None);
        let server = runtime.block_on(Server::start(app));
        let mut clients = Vec::with_capacity(MANY);
        let held = held(&runtime, async {
            for _ in 0..MANY {
                clients.push(upgraded(server.addr).await);
            }
        });
        assert!(held / (MANY as u64) < 8 << 10, "{held} bytes");
        runtime.block_on(async {
            pass(Duration::from_secs(57)).await;
            // Each connection has its turn in time, so that the server does not look held up.
            for _ in 0..10 {
                pass(Duration::from_millis(500)).await;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            if idle.is_some() {
                until(|| server.app.stats().ended("timeout") == MANY as u64).await;
                for client in &mut clients {
                    let close = client.read().await.expect("a close");
                    assert_eq!((close.opcode, close.close().0), (CLOSE, 1001));
                }
                drop(clients);
                until(|| server.app.stats().open == 0).await;
            } else {
                for client in &mut clients {
                    echoes(client).await;
                }
                assert_eq!(server.app.stats().open, MANY as u64);
            }
            echoes(&mut Raw::connect(server.addr, "/").await).await;
        });
    }
}

#[tokio::test]
async fn of_thousands_as_many_are_let_in_as_there_may_be() {
    for most in [Some(100), None] {
        let server = Server::start(App::new().mount::<Echo>("/", ()).max_connections(most)).await;
        let mut clients = Vec::new();
        let mut let_in = 0;
        for _ in 0..500 {
            let mut client = Raw::open(server.addr).await;
            let status = client.request("GET", "/", &HEADERS).await.status;
            assert!(status == 101 || status == 503, "{status}");
            let_in += usize::from(status == 101);
            clients.push(client);
        }
        assert_eq!(let_in, most.unwrap_or(500));
        echoes(&mut clients[0]).await;
    }
}
