//! Handshakes that fail or take too long: each ends with an answer or a counter, and holds nobody up.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::prelude::*;
use ws_tests::log::Log;
use ws_tests::raw::{HEADERS, Raw, request};
use ws_tests::{Server, pass, until, within};

use super::support::{Authority, Trusting, exchange, serve};

#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

fn app() -> App {
    App::new().mount::<Echo>("/", ())
}

/// The first bytes of a `ClientHello`.
const HELLO: [u8; 6] = [22, 3, 1, 2, 0, 1];

async fn is_cut(raw: &mut Raw) -> bool {
    within(raw.stream.read_u8()).await.is_err()
}

async fn is_served(server: &Server, trusting: &Trusting) {
    let mut stream = trusting.open(server.addr).await.unwrap();
    let head = exchange(&mut stream, &request("GET", "/", &HEADERS)).await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
}

#[tokio::test]
async fn a_plain_http_request_to_the_tls_port_gets_400() {
    let (log, _capture) = Log::capture();
    let (server, _) = serve(app()).await;
    for path in ["/", "/nowhere"] {
        let mut raw = Raw::open(server.addr).await;
        let response = raw.request("GET", path, &HEADERS).await;
        assert_eq!((response.status, response.header("connection")), (400, Some("close")));
        assert_eq!(response.body, "this port speaks https, and the request is plain http\n");
        assert!(is_cut(&mut raw).await);
    }
    let stats = server.app.stats();
    assert_eq!((stats.tls_failed("plain_http"), stats.tls_handshakes), (2, 0));
    is_quiet(&log);
}

#[tokio::test]
async fn a_client_hello_to_a_plain_port_gets_400() {
    let (log, _capture) = Log::capture();
    let server = Server::start(app()).await;
    let error = Authority::new().trusting().open(server.addr).await.unwrap_err();
    assert!(error.to_string().contains("InvalidContentType"), "{error}");
    let mut raw = Raw::open(server.addr).await;
    raw.send(&HELLO).await;
    assert_eq!(raw.response().await.status, 400);
    until(|| server.app.stats().tls_to_plain == 2).await;
    // Other noise is none of that.
    let mut noise = Raw::open(server.addr).await;
    noise.send(b"\0\0\0\x16\r\n\r\n").await;
    assert_eq!(noise.response().await.status, 400);
    assert!(is_cut(&mut noise).await);
    assert_eq!(server.app.stats().tls_to_plain, 2);
    is_quiet(&log);
}

#[tokio::test]
async fn every_failure_is_counted_by_its_reason() {
    let (log, _capture) = Log::capture();
    let (server, trusting) = serve(app()).await;
    let failed = |reason: &'static str| {
        let app = server.app.clone();
        async move { until(|| app.stats().tls_failed(reason) == 1).await }
    };

    let mut noise = Raw::open(server.addr).await;
    noise.send(&[0; 64]).await;
    assert!(is_cut(&mut noise).await);
    failed("malformed").await;

    let mut leaves = Raw::open(server.addr).await;
    leaves.send(&HELLO).await;
    drop(leaves);
    failed("closed").await;

    let error = trusting.clone().alpn(&["h3"]).open(server.addr).await.unwrap_err();
    assert!(error.to_string().contains("NoApplicationProtocol"), "{error}");
    failed("incompatible").await;

    let error = Authority::new().trusting().open(server.addr).await.unwrap_err();
    assert!(error.to_string().contains("invalid peer certificate"), "{error}");
    failed("refused").await;

    assert_eq!(server.app.stats().tls_handshakes, 0);
    is_served(&server, &trusting.alpn(&["h2", "http/1.1"])).await;
    let stats = server.app.stats();
    assert_eq!((stats.tls_handshakes, stats.tls_failed.values().sum::<u64>()), (1, 4));
    is_quiet(&log);
}

/// Failures are a matter of the log's debug level.
fn is_quiet(log: &Log) {
    assert_eq!(log.lines_with(&["WARN"]), [""; 0]);
    assert_eq!(log.lines_with(&["ERROR"]), [""; 0]);
}

#[tokio::test]
async fn slow_handshakes_hold_nobody_up_and_end_after_ten_seconds() {
    let (server, trusting) = serve(app()).await;
    let mut slow = Vec::new();
    for begun in [&HELLO[..0], &HELLO[..1], &HELLO] {
        for _ in 0..10 {
            let mut raw = Raw::open(server.addr).await;
            raw.send(begun).await;
            slow.push(raw);
        }
    }
    // The handshake is complete, but no request follows.
    let mut silent = trusting.open(server.addr).await.unwrap();
    is_served(&server, &trusting).await;
    assert_eq!(server.app.stats().limited("request_head"), 0);
    pass(Duration::from_secs(11)).await;
    for raw in &mut slow {
        assert!(is_cut(raw).await);
    }
    assert!(within(silent.read_u8()).await.is_err());
    assert_eq!(server.app.stats().limited("request_head"), 31);
    is_served(&server, &trusting).await;
}

#[tokio::test]
async fn the_handshake_and_the_first_byte_of_the_request_share_ten_seconds() {
    let (server, trusting) = serve(app()).await;
    let raw = Raw::open(server.addr).await;
    // The server has seen it by the time that it answers a later one.
    is_served(&server, &trusting).await;
    pass(Duration::from_secs(6)).await;
    let mut stream = trusting.over(raw.stream).await.unwrap();
    pass(Duration::from_secs(5)).await;
    assert!(within(stream.read_u8()).await.is_err());
    assert_eq!(server.app.stats().limited("request_head"), 1);
}

#[tokio::test]
async fn the_oldest_handshake_gives_way_to_one_too_many() {
    let (server, trusting) = serve(app().max_half_open(4)).await;
    let mut slow = Vec::new();
    for begun in [&HELLO[..0], &HELLO[..1], &HELLO] {
        let mut raw = Raw::open(server.addr).await;
        raw.send(begun).await;
        slow.push(raw);
    }
    is_served(&server, &trusting).await;
    pass(Duration::from_secs(3)).await;
    let _young = Raw::open(server.addr).await;
    // Each new connection evicts the oldest slow one, which has had 3 s for its request.
    let mut others = Vec::new();
    for (number, slow) in (1..).zip(&mut slow) {
        let raw = Raw::open(server.addr).await;
        assert!(is_cut(slow).await);
        assert_eq!(server.app.stats().limited("max_half_open"), number);
        let mut stream = trusting.over(raw.stream).await.unwrap();
        let head = exchange(&mut stream, &request("GET", "/", &HEADERS)).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        // Another half-open connection takes its place.
        others.push((stream, Raw::open(server.addr).await));
    }
}

#[tokio::test]
async fn a_drain_ends_handshakes_that_are_not_complete() {
    let (server, trusting) = serve(app()).await;
    let mut raw = Raw::open(server.addr).await;
    raw.send(&HELLO).await;
    is_served(&server, &trusting).await;
    within(server.app.drain(Duration::from_secs(60))).await;
    assert!(is_cut(&mut raw).await);
    server.ended().await;
}

// RFC 8446 4.1.2: renegotiation is forbidden in TLS 1.3; rustls does not offer it in TLS 1.2 either.
#[tokio::test]
async fn a_handshake_record_after_the_handshake_ends_the_connection() {
    let (server, trusting) = serve(app()).await;
    let stream = trusting.raw(server.addr, "/").await;
    let (mut tcp, _session) = stream.into_inner();
    // A ClientHello in the clear, in the middle of the encrypted stream.
    within(tcp.write_all(&[22, 3, 3, 0, 4, 1, 0, 0, 0])).await.unwrap();
    let mut rest = Vec::new();
    let _ = within(tcp.read_to_end(&mut rest)).await;
    until(|| server.app.stats().open == 0).await;
    assert_eq!(server.app.stats().ended.values().sum::<u64>(), 1);
}
