//! Requests over plain HTTP whose bodies do not arrive.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::io::AsyncReadExt;
use ws_core::prelude::*;
use ws_tests::raw::{Raw, request};
use ws_tests::{Server, jump, pass, within};

use super::Echo;

const HOST: [(&str, &str); 1] = [("Host", "localhost")];
const UPLOAD: [(&str, &str); 2] = [("Host", "localhost"), ("Content-Length", "9")];

fn app() -> App {
    let router = Router::new()
        .route("/upload", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/page", get(|| async { "a page" }));
    App::new().mount::<Echo>("/", ()).fallback(router)
}

/// Begins an upload, and waits until the server asks for its rest.
async fn begin(server: &Server) -> Raw {
    let mut client = Raw::open(server.addr).await;
    let expecting = [&UPLOAD[..], &[("Expect", "100-continue")]].concat();
    client.send(&request("POST", "/upload", &expecting)).await;
    assert_eq!(client.response().await.status, 100);
    client
}

async fn page(server: &Server) -> u16 {
    Raw::open(server.addr).await.request("GET", "/page", &HOST).await.status
}

#[tokio::test]
async fn a_body_that_stalls_fails_and_its_request_makes_room() {
    let server = Server::start(app().max_http_requests(1)).await;
    let mut stalled = begin(&server).await;
    stalled.send(b"abc").await;
    assert_eq!(page(&server).await, 503);
    pass(Duration::from_secs(50)).await;
    assert_eq!(server.app.stats().limited("http_read_timeout"), 0);
    // The limit begins anew when the server reads the bytes above.
    for _ in 0..60 {
        if server.app.stats().limited("http_read_timeout") == 0 {
            pass(Duration::from_secs(10)).await;
        }
    }
    assert_eq!(server.app.stats().limited("http_read_timeout"), 1);
    assert_eq!(stalled.response().await.status, 400);
    assert!(within(stalled.stream.read_u8()).await.is_err(), "the connection stays open");
    within(async { while page(&server).await != 200 {} }).await;
}

#[tokio::test]
async fn a_body_that_arrives_slowly_is_read_to_its_end() {
    let server = Server::start(app()).await;
    let mut slow = begin(&server).await;
    for part in [b"abc", b"def", b"ghi"] {
        pass(Duration::from_secs(50)).await;
        slow.send(part).await;
        // Lets the server read it before the clock moves.
        assert_eq!(page(&server).await, 200);
    }
    let response = slow.response().await;
    assert_eq!((response.status, response.body.as_str()), (200, "9"));
}

#[tokio::test]
async fn a_server_that_was_held_up_does_not_fail_a_body() {
    let server = Server::start(app()).await;
    let mut client = begin(&server).await;
    jump(Duration::from_secs(90)).await;
    assert_eq!(page(&server).await, 200);
    client.send(b"abcdefghi").await;
    assert_eq!(client.response().await.status, 200);
}

#[tokio::test]
async fn the_limit_can_be_turned_off_but_not_be_zero() {
    let server = Server::start(app().http_read_timeout(None)).await;
    let mut client = begin(&server).await;
    pass(Duration::from_secs(600)).await;
    client.send(b"abcdefghi").await;
    assert_eq!(client.response().await.status, 200);
    let error = app().http_read_timeout(Duration::ZERO).try_into_router().unwrap_err();
    assert!(error.to_string().contains("`http_read_timeout` must be greater than zero"), "{error}");
}
