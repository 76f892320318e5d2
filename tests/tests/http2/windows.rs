//! Attacks with windows that stay shut: the server has something to send, and the client does not let it. Each test repeats
//! the attack with the limit lifted.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::time::timeout;
use ws_core::prelude::*;
use ws_core::{Overflow, Route};
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, until};

use super::attacks::{Echo, app, options, runtime};
use super::wire::{HEADERS, INITIAL_WINDOW_SIZE, Wire};

const SIZE: usize = 16 << 10;
const ROUNDS: usize = 1000;

/// The client gives the server no window at all, on its stream or on its connection, and the server sends. Returns the peak of
/// allocated bytes.
fn shut_window(settings: &[(u16, u32)], mailbox: usize) -> u64 {
    let runtime = runtime();
    let (server, mut wire) = runtime.block_on(async {
        let app = app(&Notes::default())
            .mailbox_bytes(mailbox)
            .mailbox_messages(usize::MAX)
            .mailbox_overflow(Overflow::DropOldest)
            .write_timeout(None);
        let server = Server::start(app.http2(options())).await;
        let mut wire = Wire::open_with(server.addr, settings).await;
        wire.connect(1, "/echo").await;
        (server, wire)
    });
    let held = allocation_counter::measure(|| {
        runtime.block_on(async {
            for _ in 0..ROUNDS {
                for socket in server.app.sockets::<Echo>() {
                    socket.send(vec![b'x'; SIZE]);
                }
                tokio::task::yield_now().await;
            }
            wire.is_alive().await;
            // Another connection is served.
            let mut other = Raw::connect(server.addr, "/echo").await;
            other.frame(TEXT, b"hello").await;
            assert_eq!(other.read().await.unwrap().text(), "hello");
        });
    });
    held.bytes_max
}

#[test]
fn c16_a_shut_window_costs_a_mailbox() {
    const BOUND: usize = 1 << 20;
    // With the default settings, a stream has as much window as its connection: 64 KiB.
    for settings in [&[(INITIAL_WINDOW_SIZE, 0)][..], &[(INITIAL_WINDOW_SIZE, 1 << 30)]] {
        let held = shut_window(settings, BOUND);
        assert!(held < 2 * BOUND as u64, "{held}");
        let lifted = shut_window(settings, usize::MAX);
        assert!(lifted > (ROUNDS - 20) as u64 * SIZE as u64, "{lifted}");
    }
}

/// Returns how many WebSockets end because their clients leave the window shut, and how many stay.
async fn stuck(write_timeout: Option<Duration>) -> (u64, u64) {
    let app = App::new().route(Route::new::<Echo>("/echo").write_timeout(write_timeout).heartbeat(None));
    let server = Server::start(app.http2(options())).await;
    let mut wire = Wire::open_with(server.addr, &[(INITIAL_WINDOW_SIZE, 0)]).await;
    for stream in [1, 3, 5] {
        wire.connect(stream, "/echo").await;
    }
    for socket in server.app.sockets::<Echo>() {
        for _ in 0..8 {
            socket.send(vec![0; SIZE]);
        }
    }
    let _ = timeout(Duration::from_secs(1), until(|| server.app.stats().open == 0)).await;
    let stats = server.app.stats();
    assert_eq!(stats.limited("write_timeout"), stats.ended("io"));
    (stats.ended("io"), stats.open)
}

#[tokio::test]
async fn c16_websockets_whose_window_stays_shut_end_after_the_write_timeout() {
    assert_eq!(stuck(Some(Duration::from_millis(200))).await, (3, 0));
    assert_eq!(stuck(None).await, (0, 3));
}

/// Requests pages, and leaves the window of their streams shut. Returns the status of a request on another connection.
async fn unread_responses(http_write_timeout: Option<Duration>) -> u16 {
    let router = Router::new().route("/page", get(async || "x".repeat(100_000)));
    let app =
        app(&Notes::default()).fallback(router).max_http_requests(10).http_write_timeout(http_write_timeout);
    let server = Server::start(app.http2(options())).await;
    let mut wire = Wire::open_with(server.addr, &[(INITIAL_WINDOW_SIZE, 0)]).await;
    for stream in (1..21).step_by(2) {
        wire.get(stream, "/page").await;
        assert!(wire.until(HEADERS, stream).await.is_success());
    }
    let _ = timeout(Duration::from_secs(1), until(|| server.app.stats().limited("http_write_timeout") == 10))
        .await;
    Raw::open(server.addr).await.request("GET", "/page", &[("Host", "localhost")]).await.status
}

#[tokio::test]
async fn c16_responses_whose_window_stays_shut_are_reset() {
    assert_eq!(unread_responses(Some(Duration::from_millis(200))).await, 200);
    assert_eq!(unread_responses(None).await, 503);
}
