//! Plain HTTP: connections that are kept alive between two requests, requests in progress, and responses that the
//! client is slow to read.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use ws_core::prelude::*;
use ws_tests::raw::{Raw, request};
use ws_tests::{Server, pass, until, within};

use super::{Echo, echoes, shake};

const HOST: [(&str, &str); 1] = [("Host", "localhost")];
/// More than the system's buffers hold.
const DOWNLOAD: usize = 32 << 20;

fn app() -> App {
    App::new().mount::<Echo>("/", ()).fallback(Router::new().route("/page", get(|| async { "a page" })))
}

async fn page(client: &mut Raw) {
    let response = client.request("GET", "/page", &HOST).await;
    assert_eq!((response.status, response.body.as_str()), (200, "a page"));
}

/// Waits until the server closes the connection, and returns whether it did so without an error.
async fn is_closed(client: &mut Raw) -> bool {
    matches!(within(client.stream.read(&mut [0])).await, Ok(0))
}

#[tokio::test]
async fn a_load_balancer_may_keep_its_connections_for_a_minute() {
    let server = Server::start(app()).await;
    let mut pooled = Raw::open(server.addr).await;
    for _ in 0..3 {
        page(&mut pooled).await;
        pass(Duration::from_secs(60)).await;
    }
    // The time limit of a head begins with its first byte, and not with the end of the last response.
    pooled.send(b"GET /page HTTP/1.1\r\n").await;
    shake(&server, "/", &[]).await;
    pass(Duration::from_secs(9)).await;
    pooled.send(b"Host: localhost\r\n\r\n").await;
    assert_eq!(pooled.response().await.body, "a page");
    assert!(server.app.stats().limited.is_empty(), "{:?}", server.app.stats());
}

#[tokio::test]
async fn a_connection_without_a_further_request_is_closed_after_its_time() {
    for (after, wanted) in [(None, 75), (Some(20), 20)] {
        let app = after.map_or_else(app, |after| app().keep_alive_timeout(Duration::from_secs(after)));
        let server = Server::start(app).await;
        let mut idle = Raw::open(server.addr).await;
        page(&mut idle).await;
        pass(Duration::from_secs(wanted - 1)).await;
        page(&mut idle).await;
        pass(Duration::from_secs(wanted + 1)).await;
        assert!(is_closed(&mut idle).await);
        // It did nothing wrong.
        assert!(server.app.stats().limited.is_empty(), "{:?}", server.app.stats());
    }
    let server = Server::start(app().keep_alive_timeout(None)).await;
    let mut idle = Raw::open(server.addr).await;
    page(&mut idle).await;
    pass(Duration::from_secs(86_400)).await;
    page(&mut idle).await;
}

#[tokio::test]
async fn a_drain_does_not_wait_for_a_further_request() {
    let server = Server::start(app()).await;
    let mut idle = Raw::open(server.addr).await;
    page(&mut idle).await;
    let drained = within(server.app.drain(Duration::from_secs(30))).await;
    assert_eq!(drained.left, 0);
    assert!(is_closed(&mut idle).await);
    server.ended().await;
}

#[tokio::test]
async fn a_later_head_has_ten_seconds_from_its_first_byte() {
    let server = Server::start(app()).await;
    let mut slow = Raw::open(server.addr).await;
    page(&mut slow).await;
    pass(Duration::from_secs(30)).await;
    slow.send(b"GET /page HTTP/1.1\r\n").await;
    shake(&server, "/", &[]).await;
    pass(Duration::from_secs(11)).await;
    until(|| server.app.stats().limited("request_head") == 1).await;
    assert!(is_closed(&mut slow).await);
}

#[tokio::test]
async fn a_connection_that_never_sends_a_byte_has_ten_seconds() {
    let server = Server::start(app()).await;
    let mut silent = Raw::open(server.addr).await;
    shake(&server, "/", &[]).await;
    pass(Duration::from_secs(11)).await;
    until(|| server.app.stats().limited("request_head") == 1).await;
    assert!(is_closed(&mut silent).await);
}

#[tokio::test]
async fn one_between_two_requests_gives_way_to_a_handshake() {
    let server = Server::start(app().max_half_open(3)).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut raw = Raw::open(server.addr).await;
        page(&mut raw).await;
        kept.push(raw);
    }
    // The first one has asked most recently, so the second one gives way.
    page(&mut kept[0]).await;
    let (mut client, response) = shake(&server, "/", &[]).await;
    assert_eq!(response.status, 101);
    echoes(&mut client).await;
    assert!(is_closed(&mut kept[1]).await);
    page(&mut kept[0]).await;
    page(&mut kept[2]).await;
    assert_eq!(server.app.stats().limited("max_half_open"), 1);
}

#[tokio::test]
async fn as_many_are_kept_alive_as_may_be_half_open() {
    let server = Server::start(app().max_half_open(3)).await;
    // None of them is half-open while its request is in progress.
    let mut kept = Vec::new();
    for number in 0..20_u64 {
        let mut raw = Raw::open(server.addr).await;
        page(&mut raw).await;
        kept.push(raw);
        until(|| server.app.stats().limited("max_half_open") == (number + 1).saturating_sub(3)).await;
    }
    for raw in &mut kept[..17] {
        assert!(is_closed(raw).await);
    }
    for raw in &mut kept[17..] {
        page(raw).await;
    }
}

#[tokio::test]
async fn plain_requests_have_a_bound_that_no_handshake_meets() {
    let gate = Arc::new(Semaphore::new(0));
    let waits = {
        let gate = gate.clone();
        move || async move {
            gate.acquire().await.expect("an open gate").forget();
            "at last"
        }
    };
    let router = Router::new()
        .route("/page", get(|| async { "a page" }))
        .route("/waits", get(waits))
        .route("/upload", post(|body: Bytes| async move { body.len().to_string() }));
    let app = App::new().mount::<Echo>("/", ()).fallback(router).max_http_requests(2);
    let server = Server::start(app).await;
    let mut waiting = Raw::open(server.addr).await;
    waiting.send(&request("GET", "/waits", &HOST)).await;
    // An upload whose body does not end.
    let mut upload = Raw::open(server.addr).await;
    upload.send(&request("POST", "/upload", &[HOST[0], ("Content-Length", "3")])).await;
    upload.send(b"1").await;
    let mut other = Raw::open(server.addr).await;
    let mut full = Raw::open(server.addr).await;
    until_full(&mut other, &server).await;
    let response = full.request("GET", "/page", &HOST).await;
    assert_eq!((response.status, response.header("connection")), (503, Some("close")));
    assert!(response.body.contains("`max_http_requests`"), "{response:?}");
    assert_eq!(response.header("retry-after"), Some("5"));
    assert!(is_closed(&mut full).await);
    // Handshakes are admitted. One that is rejected does not keep its connection.
    let (mut client, response) = shake(&server, "/", &[]).await;
    assert_eq!(response.status, 101);
    echoes(&mut client).await;
    let (mut rejected, response) = shake(&server, "/", &[("Origin", "null")]).await;
    assert_eq!((response.status, response.header("connection")), (403, Some("close")));
    assert!(is_closed(&mut rejected).await);
    // A request that is answered makes room, although its connection is kept alive.
    gate.add_permits(1);
    assert_eq!(waiting.response().await.body, "at last");
    upload.send(b"23").await;
    assert_eq!(upload.response().await.body, "3");
    let mut kept = [waiting, upload, Raw::open(server.addr).await, Raw::open(server.addr).await];
    for client in &mut kept {
        page(client).await;
    }
}

/// Sends requests until one is rejected: then the others are in progress.
async fn until_full(client: &mut Raw, server: &Server) {
    within(async { while client.request("GET", "/page", &HOST).await.status == 200 {} }).await;
    assert!(server.app.stats().limited("max_http_requests") >= 1);
}

#[tokio::test]
async fn a_reader_may_rest_for_a_while_during_a_download() {
    let router = Router::new().route("/download", get(|| async { vec![7; DOWNLOAD] }));
    // A WebSocket client has 10 s by default.
    let server = Server::start(App::new().mount::<Echo>("/", ()).fallback(router)).await;
    let mut reader = Raw::open_with_small_buffers(server.addr).await;
    reader.stream.write_all(&request("GET", "/download", &HOST)).await.unwrap();
    let mut bytes = vec![0; 4 << 20];
    for _ in 0..6 {
        within(reader.stream.read_exact(&mut bytes)).await.expect("the download goes on");
        pass(Duration::from_secs(50)).await;
    }
    assert!(server.app.stats().limited.is_empty(), "{:?}", server.app.stats());
    // Let the server find that the client accepts nothing, before the clock moves.
    tokio::time::sleep(Duration::from_millis(50)).await;
    pass(Duration::from_secs(61)).await;
    until(|| server.app.stats().limited("http_write_timeout") == 1).await;
    assert_eq!(server.app.stats().limited("write_timeout"), 0);
}

#[tokio::test]
async fn a_body_that_arrives_after_the_response_is_not_mistaken_for_a_head() {
    let (began, kept) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let upload = {
        let (began, kept) = (began.clone(), kept.clone());
        move |body: axum::body::Body| async move {
            began.add_permits(1);
            tokio::spawn(async move {
                // hyper delivers the end of such a body late, so the length decides.
                let (mut body, mut bytes) = (body.into_data_stream(), Vec::new());
                while bytes.len() < 3 {
                    bytes.extend(body.next().await.expect("more of the body").expect("an open connection"));
                }
                kept.add_permits(1);
            });
            "go on"
        }
    };
    let router = Router::new().route("/upload", post(upload)).route("/page", get(|| async { "a page" }));
    let server = Server::start(App::new().mount::<Echo>("/", ()).fallback(router).max_half_open(1)).await;
    let mut raw = Raw::open(server.addr).await;
    raw.send(&request("POST", "/upload", &[HOST[0], ("Content-Length", "3")])).await;
    assert_eq!(raw.response().await.body, "go on");
    raw.send(b"1").await;
    // It is not half-open either.
    shake(&server, "/", &[]).await;
    pass(Duration::from_secs(50)).await;
    raw.send(b"23").await;
    drop(within(kept.acquire()).await.unwrap());
    page(&mut raw).await;
    assert!(server.app.stats().limited.is_empty(), "{:?}", server.app.stats());
}
