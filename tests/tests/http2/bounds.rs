//! The limits on connections of HTTP/2.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use h2::Reason;
use h2::client::Builder;
use http::{Request, Version, request};
use ws_core::Http2;
use ws_core::prelude::*;
use ws_tests::gate::Gate;
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, until, within};

use super::support::{Connection, handshake, serve};

#[websocket("/echo")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

/// Its `#[init]` waits.
#[websocket("/waiting")]
struct Waiting;

#[websocket]
impl Waiting {
    #[init]
    async fn new(State(gate): State<Gate>, State(notes): State<Notes>) -> Self {
        notes.add("init");
        gate.passed().await;
        Self
    }
}

fn app() -> App {
    App::discover_in(module_path!()).state(Gate::new()).state(Notes::default())
}

fn page(path: &str) -> request::Builder {
    Request::get(format!("http://localhost{path}")).version(Version::HTTP_2)
}

async fn with(options: Http2) -> (Server, Connection) {
    let server = Server::start(app().http2(options.prior_knowledge(true))).await;
    let connection = Connection::open(server.addr).await;
    (server, connection)
}

/// RFC 9113 5.1.2: a stream beyond the limit is refused.
#[tokio::test]
async fn c16_a_connection_has_only_so_many_streams() {
    let (server, mut connection) = with(Http2::new().max_streams(3)).await;
    let mut tunnels = Vec::new();
    for _ in 0..3 {
        tunnels.push(connection.tunnel(handshake("/echo")).await);
    }
    // The crate holds a further request back, as the settings ask.
    let (response, _stream) = connection.send(handshake("/echo").body(()).unwrap(), false).await;
    assert!(tokio::time::timeout(Duration::from_millis(50), response).await.is_err());
    assert_eq!(server.app.stats().open, 3);
    // One that ignores the settings. Each sends its request with a length of its own.
    let mut raw = Raw::open(server.addr).await;
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    let field = |name: &str, value: &str| {
        let length = |text: &str| u8::try_from(text.len()).unwrap();
        [&[0, length(name)][..], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
    };
    let head = [
        field(":method", "CONNECT"),
        field(":protocol", "websocket"),
        field(":scheme", "http"),
        field(":path", "/echo"),
        field(":authority", "localhost"),
        field("sec-websocket-version", "13"),
    ]
    .concat();
    for stream in [1, 3, 5, 7, 9] {
        bytes.extend([0, 0, u8::try_from(head.len()).unwrap(), 1, 4, 0, 0, 0, stream]);
        bytes.extend(&head);
    }
    raw.send(&bytes).await;
    let mut refused = Vec::new();
    while refused.len() < 2 {
        let mut header = [0; 9];
        within(tokio::io::AsyncReadExt::read_exact(&mut raw.stream, &mut header)).await.unwrap();
        let length = usize::from(header[1]) << 8 | usize::from(header[2]);
        let mut payload = vec![0; length];
        within(tokio::io::AsyncReadExt::read_exact(&mut raw.stream, &mut payload)).await.unwrap();
        if header[3] == 3 {
            refused.push((header[8], payload[3]));
        }
    }
    assert_eq!(refused, [(7, 7), (9, 7)], "REFUSED_STREAM on the streams 7 and 9");
    until(|| server.app.stats().open == 6).await;
}

#[tokio::test]
async fn a_large_head_is_431() {
    let (server, mut connection) = with(Http2::new().max_head_size(4096)).await;
    let large = handshake("/echo").header("x-large", "x".repeat(5000));
    assert_eq!(connection.response(large).await.status, 431);
    connection.tunnel(handshake("/echo").header("x-small", "x".repeat(3000))).await;
    assert_eq!(server.app.stats().opened, 1);
}

/// "Rapid reset" (CVE-2023-44487), slowly: each request has begun when its stream is reset.
#[tokio::test]
async fn a_client_that_cancels_too_many_requests_is_dropped() {
    let notes = Notes::default();
    let app = App::discover_in(module_path!()).state(Gate::new()).state(notes.clone());
    let server = Server::start(app.http2(Http2::new().prior_knowledge(true).max_resets(20))).await;
    let mut connection = Connection::open(server.addr).await;
    for number in 1..=20 {
        let (response, mut sending) = connection.send(handshake("/waiting").body(()).unwrap(), false).await;
        until(|| notes.count("init") == number).await;
        assert!(!connection.over.is_finished(), "{number}");
        sending.send_reset(Reason::CANCEL);
        drop(response);
    }
    let _ = within(&mut connection.over).await.unwrap();
    assert_eq!(server.app.stats().limited("max_resets"), 1);
}

/// Requests that finish make up for those that are cancelled.
#[tokio::test]
async fn a_client_that_cancels_some_requests_is_served() {
    let notes = Notes::default();
    let app = App::discover_in(module_path!()).state(Gate::new()).state(notes.clone());
    let server = Server::start(app.http2(Http2::new().prior_knowledge(true).max_resets(5))).await;
    let mut connection = Connection::open(server.addr).await;
    for number in 1..=20 {
        let (response, mut sending) = connection.send(handshake("/waiting").body(()).unwrap(), false).await;
        until(|| notes.count("init") == number).await;
        sending.send_reset(Reason::CANCEL);
        drop(response);
        for _ in 0..2 {
            assert_eq!(connection.response(page("/nowhere")).await.status, 404);
        }
    }
    assert_eq!(server.app.stats().limited("max_resets"), 0);
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_one_with_a_websocket_is_not() {
    let app = app().keep_alive_timeout(Duration::from_millis(200)).http2(Http2::new().prior_knowledge(true));
    let server = Server::start(app).await;
    let mut connection = Connection::open(server.addr).await;
    let mut tunnel = connection.tunnel(handshake("/echo")).await;
    let mut idle = Connection::open(server.addr).await;
    assert_eq!(idle.response(page("/nowhere")).await.status, 404);
    // GOAWAY: the end is in order.
    within(&mut idle.over).await.unwrap().unwrap();
    let error = idle.requests.clone().ready().await.unwrap_err();
    assert!(error.is_go_away() && error.is_remote(), "{error:?}");
    tokio::time::sleep(Duration::from_millis(400)).await;
    // No GOAWAY has come: the client may begin another stream.
    drop(connection.tunnel(handshake("/echo")).await);
    tunnel.frame(TEXT, b"hello").await;
    assert_eq!(tunnel.read().await.unwrap().text(), "hello");
    drop(tunnel);
    within(&mut connection.over).await.unwrap().unwrap();
    assert_eq!(server.app.stats().limited("request_head"), 0);
}

#[tokio::test]
async fn pings_keep_no_idle_connection_open() {
    let app = app().keep_alive_timeout(Duration::from_millis(500));
    let options = Http2::new().prior_knowledge(true).ping(Duration::from_millis(50));
    let server = Server::start(app.http2(options)).await;
    let mut connection = Connection::open(server.addr).await;
    assert_eq!(connection.response(page("/nowhere")).await.status, 404);
    within(&mut connection.over).await.unwrap().unwrap();
    assert_eq!(server.app.stats().limited("request_head"), 0, "an answer to a ping begins no request");
}

#[tokio::test]
async fn c16_the_limits_per_address_count_each_websocket() {
    let app = app().max_connections_per_address(3).http2(Http2::new().prior_knowledge(true));
    let server = Server::start(app).await;
    let mut connection = Connection::open(server.addr).await;
    let mut tunnels = Vec::new();
    for _ in 0..3 {
        tunnels.push(connection.tunnel(handshake("/echo")).await);
    }
    let refused = connection.response(handshake("/echo")).await;
    assert_eq!(
        (refused.status.as_u16(), server.app.stats().limited("max_connections_per_address")),
        (503, 1)
    );
    drop(tunnels.pop());
    until(|| server.app.stats().open == 2).await;
    connection.tunnel(handshake("/echo")).await;
}

#[tokio::test]
async fn requests_on_one_connection_count_each() {
    let (gate, passed) = (Gate::new(), Notes::default());
    let (waits, notes) = (gate.clone(), passed.clone());
    let router = Router::new().route(
        "/wait",
        get(async move || {
            notes.add("waits");
            waits.passed().await;
            "done"
        }),
    );
    let server = serve(app().fallback(router).max_http_requests(2)).await;
    let mut connection = Connection::open(server.addr).await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        waiting.push(connection.send(page("/wait").body(()).unwrap(), true).await.0);
    }
    until(|| passed.count("waits") == 2).await;
    assert_eq!(connection.response(page("/wait")).await.status, 503);
    // A handshake is admitted whatever their number.
    connection.tunnel(handshake("/echo")).await;
    for response in waiting {
        gate.open();
        assert_eq!(within(response).await.unwrap().status(), 200);
    }
    gate.open();
    assert_eq!(connection.response(page("/wait")).await.status, 200);
}

#[tokio::test]
async fn a_client_that_sends_no_request_is_dropped() {
    let app = app().max_half_open(1).http2(Http2::new().prior_knowledge(true));
    let server = Server::start(app).await;
    let mut silent = Raw::open(server.addr).await;
    silent.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    let builder = Builder::new();
    // It makes room after 3 s.
    let mut connection = Connection::with(&builder, server.addr).await;
    assert_eq!(connection.response(page("/nowhere")).await.status, 404);
    assert_eq!(server.app.stats().limited("max_half_open"), 1);
}

/// A client that leaves the window of a stream shut would hold the response, and its place among the requests, for ever.
#[tokio::test]
async fn a_response_that_the_client_does_not_read_is_reset() {
    let router = Router::new().route("/large", get(async || vec![b'x'; 1 << 20]));
    let app = app().fallback(router).max_http_requests(1).http_write_timeout(Duration::from_millis(300));
    let server = serve(app).await;
    let mut connection = Connection::open(server.addr).await;
    let (response, stream) = connection.send(page("/large").body(()).unwrap(), true).await;
    let response = within(response).await.unwrap();
    assert_eq!(response.headers()["content-length"], "1048576");
    let mut body = response.into_body();
    // It reads a part, and then nothing more.
    let mut received = within(body.data()).await.unwrap().unwrap().len();
    until(|| server.app.stats().limited("http_write_timeout") == 1).await;
    let reset = loop {
        match within(body.data()).await.unwrap() {
            Ok(data) => received += data.len(),
            Err(error) => break error.reason(),
        }
    };
    assert_eq!(reset, Some(Reason::CANCEL));
    assert!(received <= 65_535, "{received}");
    // What it has not read takes room in the window of its connection.
    drop((body, stream));
    // The connection goes on, and the place is free.
    let whole = connection.response(page("/large")).await;
    assert_eq!((whole.status.as_u16(), whole.body.len()), (200, 1 << 20));
}

/// The connection is in use until the client has read the response.
#[tokio::test]
async fn a_slow_download_outlives_the_timeout_of_an_idle_connection() {
    let router = Router::new().route("/large", get(async || vec![b'x'; 1 << 20]));
    let app = app().fallback(router).keep_alive_timeout(Duration::from_millis(200));
    let server = serve(app).await;
    let mut connection = Connection::open(server.addr).await;
    let (response, _stream) = connection.send(page("/large").body(()).unwrap(), true).await;
    let mut body = within(response).await.unwrap().into_body();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let mut received = 0;
    while let Some(data) = within(body.data()).await {
        let data = data.unwrap();
        received += data.len();
        body.flow_control().release_capacity(data.len()).unwrap();
    }
    assert_eq!(received, 1 << 20);
}
