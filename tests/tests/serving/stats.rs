//! The figures of an app, exact to the byte.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use ws_core::CloseCode;
use ws_core::prelude::*;
use ws_tests::raw::{BINARY, HEADERS, PING, Raw, TEXT};
use ws_tests::{Server, until, within};

/// Echoes. On "spam" it sends itself five messages, and its mailbox accepts three of them.
#[websocket("/counted", mailbox(messages = 3, overflow = "drop_newest"))]
struct Counted;

#[websocket]
impl Counted {
    #[init]
    fn new(query: axum::extract::RawQuery) -> Result<Self, StatusCode> {
        if query.0.is_some() { Err(StatusCode::IM_A_TEAPOT) } else { Ok(Self) }
    }

    #[text]
    fn received(&mut self, text: String, cx: &mut Context<Self>) -> Option<String> {
        if text != "spam" {
            return Some(text);
        }
        for _ in 0..5 {
            cx.socket().send("spam");
        }
        None
    }

    #[binary]
    fn bytes(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

async fn server() -> Server {
    Server::start(App::discover_in(module_path!())).await
}

#[tokio::test]
async fn messages_and_bytes_are_counted_in_both_directions() {
    let server = server().await;
    let stats = || server.app.stats();
    assert_eq!(stats(), ws_core::Stats::default());
    let mut raw = Raw::connect(server.addr, "/counted").await;
    until(|| stats().open == 1).await;
    assert_eq!((stats().bytes_in, stats().bytes_out), (0, 0), "the handshake does not count");

    // A client's frame has a header of two bytes and a mask of four. A server's frame has no mask.
    raw.frame(TEXT, b"hello").await;
    raw.read().await.unwrap();
    until(|| stats().bytes_out == 2 + 5).await;
    assert_eq!((stats().messages_in, stats().bytes_in, stats().messages_out), (1, 6 + 5, 1));

    raw.frame(BINARY, &[1; 300]).await;
    raw.read().await.unwrap();
    until(|| stats().bytes_out == 7 + 4 + 300).await;
    assert_eq!((stats().messages_in, stats().bytes_in, stats().messages_out), (2, 11 + 8 + 300, 2));

    // The pong counts as bytes out, but not as a message.
    raw.frame(PING, b"?").await;
    raw.read().await.unwrap();
    until(|| stats().bytes_out == 311 + 3).await;
    assert_eq!((stats().messages_in, stats().bytes_in, stats().messages_out), (3, 319 + 7, 2));

    raw.frame(TEXT, b"spam").await;
    for _ in 0..3 {
        assert_eq!(raw.read().await.unwrap().text(), "spam");
    }
    until(|| stats().bytes_out == 314 + 3 * 6).await;
    assert_eq!((stats().messages_in, stats().messages_out, stats().dropped), (4, 5, 2));

    raw.close(1000, "bye").await;
    assert_eq!(raw.read().await.unwrap().close(), (1000, "bye"));
    drop(raw);
    until(|| stats().open == 0).await;
    assert_eq!(stats().ended("remote"), 1);
    assert_eq!((stats().bytes_in, stats().bytes_out), (326 + 10 + 6 + 5, 332 + 2 + 5));
}

#[tokio::test]
async fn connections_are_counted_with_how_they_ended() {
    let server = server().await;
    let stats = || server.app.stats();
    let mut left = Raw::connect(server.addr, "/counted").await;
    let cut = Raw::connect(server.addr, "/counted").await;
    until(|| stats().open == 2).await;
    left.close(4000, "").await;
    assert_eq!(left.read().await.unwrap().close(), (4000, ""));
    drop((left, cut));
    until(|| stats().open == 0).await;

    let mut kicked = Raw::connect(server.addr, "/counted").await;
    until(|| stats().open == 1).await;
    server.app.sockets::<Counted>()[0].close(CloseCode::POLICY, "out");
    assert_eq!(kicked.read().await.unwrap().close(), (1008, "out"));
    kicked.close(1008, "").await;
    drop(kicked);
    until(|| stats().open == 0).await;

    let mut wrong = Raw::connect(server.addr, "/counted").await;
    wrong.frame(TEXT, b"\xff").await;
    assert_eq!(wrong.read().await.unwrap().close().0, 1007);
    drop(wrong);
    until(|| stats().open == 0).await;

    let mut last = Raw::connect(server.addr, "/counted").await;
    until(|| stats().open == 1).await;
    let (drained, ()) = within(async {
        tokio::join!(server.app.drain(Duration::from_secs(5)), async {
            assert_eq!(last.read().await.unwrap().close().0, 1001);
            last.close(1001, "").await;
            drop(last);
        })
    })
    .await;
    assert_eq!((drained.ended, drained.aborted, drained.left), (1, 0, 0));
    let stats = stats();
    assert_eq!((stats.open, stats.opened, stats.aborted), (0, 5, 0));
    let ended = [("remote", 1), ("lost", 1), ("stop", 1), ("bad_encoding", 1), ("drained", 1)];
    assert_eq!(stats.ended, BTreeMap::from(ended));
    assert_eq!((stats.ended("panic"), stats.messages_out, stats.dropped), (0, 0, 0));
}

#[tokio::test]
async fn handshakes_that_are_refused_are_counted_by_status() {
    let server = server().await;
    let mut raw = Raw::open(server.addr).await;
    let page = [&HEADERS[..], &[("Origin", "null")]].concat();
    for (method, path, headers, status) in [
        ("GET", "/counted?no", &HEADERS[..], 418),
        ("GET", "/counted", &HEADERS[..1], 426),
        ("GET", "/counted", &HEADERS[..2], 400),
        ("POST", "/counted", &HEADERS[..], 405),
        ("GET", "/counted", &page[..], 403),
        ("GET", "/counted?again", &HEADERS[..], 418),
    ] {
        assert_eq!(raw.request(method, path, headers).await.status, status);
    }
    let stats = server.app.stats();
    assert_eq!(stats.rejected, BTreeMap::from([(400, 1), (403, 1), (405, 1), (418, 2), (426, 1)]));
    assert_eq!((stats.rejected(418), stats.rejected(500)), (2, 0));
    assert_eq!((stats.open, stats.opened, stats.ended.len()), (0, 0, 0));
}
