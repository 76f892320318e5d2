//! The handshake over HTTP/2 (RFC 8441 4 and 5), and plain requests beside it.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::routing::{any, get, post};
use h2::ext::Protocol;
use h2::{Reason, client};
use http::{Method, Request, Version, request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use ws_core::Http2;
use ws_core::prelude::*;
use ws_tests::raw::{CLOSE, HEADERS, Raw, TEXT};
use ws_tests::{Server, until, within};

use super::support::{Connection, Response, handshake, serve};

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

/// Rejects with the status in the path.
#[websocket("/rejecting/{status}")]
struct Rejecting;

#[websocket]
impl Rejecting {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Result<Self, StatusCode> {
        Err(upgrade.params().get("status").unwrap().parse().unwrap())
    }
}

#[websocket("/sub", subprotocols = ["v2", "v1"])]
struct Sub;

#[websocket]
impl Sub {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.header("x-extra".parse().unwrap(), "yes".parse().unwrap());
        Self
    }
}

fn app() -> App {
    App::discover_in(module_path!())
}

async fn server() -> (Server, Connection) {
    let server = serve(app()).await;
    let connection = Connection::open(server.addr).await;
    (server, connection)
}

fn connect(path: &str) -> request::Builder {
    Request::builder()
        .method(Method::CONNECT)
        .version(Version::HTTP_2)
        .uri(format!("http://localhost{path}"))
        .extension(Protocol::from_static("websocket"))
}

/// RFC 8441 5: "The Origin [RFC6454], Sec-WebSocket-Version, Sec-WebSocket-Protocol, and Sec-WebSocket-Extensions header
/// fields are used in the CONNECT request and response-header fields as defined in [RFC6455]."
#[tokio::test]
async fn c16_the_answer_is_200_with_the_headers_of_rfc_6455() {
    let (_server, mut connection) = server().await;
    let request = handshake("/sub").header("sec-websocket-protocol", "v1, v2");
    let tunnel = connection.tunnel(request).await;
    assert_eq!(tunnel.headers["sec-websocket-protocol"], "v2");
    assert_eq!(tunnel.headers["x-extra"], "yes");
    // RFC 8441 5: "Implementations using this extended CONNECT to bootstrap WebSockets do not do the processing of the
    // Sec-WebSocket-Key and Sec-WebSocket-Accept header fields"
    for absent in ["sec-websocket-accept", "upgrade", "connection", "content-length"] {
        assert!(!tunnel.headers.contains_key(absent), "{absent}");
    }
    let keyed = handshake("/echo").header("sec-websocket-key", "not a key");
    assert!(!connection.tunnel(keyed).await.headers.contains_key("sec-websocket-accept"));
}

#[tokio::test]
async fn c16_a_rejection_is_any_http_response() {
    let (server, mut connection) = server().await;
    for status in [400, 401, 404, 429, 503, 302] {
        let response = connection.response(handshake(&format!("/rejecting/{status}"))).await;
        assert_eq!(response.status, status);
        assert_eq!(server.app.stats().rejected(status), 1);
    }
    // A success would open the stream.
    for status in [200, 204] {
        let response = connection.response(handshake(&format!("/rejecting/{status}"))).await;
        assert_eq!(response.status, 403);
    }
    let nowhere = connection.response(handshake("/nowhere")).await;
    assert_eq!((nowhere.status, &*nowhere.body), (StatusCode::NOT_FOUND, "no route matches /nowhere\n"));
    assert_eq!(server.app.stats().opened, 0);
}

#[tokio::test]
async fn c16_the_origin_is_checked() {
    let (_server, mut connection) = server().await;
    let other = connection.response(handshake("/echo").header("origin", "http://evil.example")).await;
    assert_eq!(other.status, 403);
    assert!(other.body.contains("origin"), "{other:?}");
    connection.tunnel(handshake("/echo").header("origin", "http://localhost")).await;
}

#[tokio::test]
async fn c16_the_other_headers_are_checked_as_over_http_1() {
    let (_server, mut connection) = server().await;
    let wrong = |response: &Response, words: &str| {
        assert_eq!(response.status, 400, "{response:?}");
        assert!(response.body.contains(words), "{response:?}");
    };
    // There is no `Upgrade` in HTTP/2, so no 426.
    for request in [connect("/echo"), connect("/echo").header("sec-websocket-version", "12")] {
        let response = connection.response(request).await;
        wrong(&response, "supported versions: 13, 8, 7");
        assert_eq!(response.headers["sec-websocket-version"], "13, 8, 7");
        assert!(!response.headers.contains_key("upgrade"));
    }
    let response = connection.response(handshake("/sub").header("sec-websocket-protocol", "v3")).await;
    wrong(&response, "none of the offered subprotocols");
    let response = connection.response(handshake("/sub").header("sec-websocket-protocol", "v1, v1")).await;
    wrong(&response, "twice");
    let get = Request::get("http://localhost/echo").version(Version::HTTP_2);
    wrong(&connection.response(get).await, "must be `CONNECT` with `:protocol` = `websocket`");
}

/// RFC 8441 5: "it MUST have a value of 'websocket' to initiate a WebSocket connection on an HTTP/2 stream."
#[tokio::test]
async fn c16_an_unknown_protocol_is_501() {
    let (server, mut connection) = server().await;
    let unknown = connect("/echo").extension(Protocol::from_static("connect-udp"));
    let response = connection.response(unknown).await;
    assert_eq!(response.status, 501);
    assert!(response.body.contains("`connect-udp`"), "{response:?}");
    assert_eq!(server.app.stats().rejected(501), 1);
}

/// RFC 8441 5: "The :protocol pseudo-header field MUST be included in the CONNECT request"
///
/// RFC 8441 4: "the server MUST NOT create a tunnel to the host indicated by the :authority"
#[tokio::test]
async fn c16_connect_without_a_protocol_is_501() {
    let (_server, mut connection) = server().await;
    let target = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = target.local_addr().unwrap();
    let request = Request::builder().method(Method::CONNECT).version(Version::HTTP_2).uri(addr.to_string());
    let response = connection.response(request).await;
    assert_eq!(response.status, 501);
    assert!(response.body.contains("this server is no proxy"), "{response:?}");
    let with_protocol = handshake("/nowhere")
        .uri(format!("http://{addr}/nowhere"))
        .extension(Protocol::from_static("websocket"));
    assert_eq!(connection.response(with_protocol).await.status, 404);
    let connected = tokio::time::timeout(std::time::Duration::from_millis(50), target.accept()).await;
    assert!(connected.is_err(), "nobody connects to the host that the request names");
}

/// Sends raw HTTP/2 frames: the crate `h2` sends no malformed request.
async fn malformed(server: &Server, head: &[u8]) -> Reason {
    let mut raw = Raw::open(server.addr).await;
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    bytes.extend([0, 0, u8::try_from(head.len()).unwrap(), 1, 4, 0, 0, 0, 1]);
    bytes.extend(head);
    raw.send(&bytes).await;
    loop {
        let mut header = [0; 9];
        within(tokio::io::AsyncReadExt::read_exact(&mut raw.stream, &mut header)).await.unwrap();
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]);
        let mut payload = vec![0; length.try_into().unwrap()];
        within(tokio::io::AsyncReadExt::read_exact(&mut raw.stream, &mut payload)).await.unwrap();
        match header[3] {
            // RFC 8441 3: "The value of the parameter MUST be 0 or 1."
            4 => {
                for setting in payload.chunks(6).filter(|setting| setting[..2] == [0, 8]) {
                    assert_eq!(setting[2..], [0, 0, 0, 1]);
                }
            }
            3 => return Reason::from(u32::from_be_bytes(payload.try_into().unwrap())),
            _ => {}
        }
    }
}

/// Encodes a header field without an index (RFC 7541 6.2.2).
fn field(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    [&[0, length(name)][..], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

#[tokio::test]
async fn c16_a_malformed_request_resets_its_stream() {
    let (server, _connection) = server().await;
    let whole = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", "http"),
        (":path", "/echo"),
        (":authority", "localhost"),
        ("sec-websocket-version", "13"),
    ];
    let without = |name: &str| -> Vec<u8> {
        whole
            .iter()
            .filter(|(known, _)| *known != name)
            .flat_map(|(name, value)| field(name, value))
            .collect()
    };
    // RFC 8441 4: "On requests that contain the :protocol pseudo-header field, the :scheme and :path pseudo-header fields of
    // the target URI (see Section 5) MUST also be included."
    for missing in [":scheme", ":path"] {
        assert_eq!(malformed(&server, &without(missing)).await, Reason::PROTOCOL_ERROR, "{missing}");
    }
    // RFC 8441 5: "requires the use of Connection and Upgrade header fields that are not part of HTTP/2. They MUST NOT be
    // included in the CONNECT request defined here."
    for (name, value) in [("connection", "Upgrade"), ("upgrade", "websocket")] {
        let head = [without(""), field(name, value)].concat();
        assert_eq!(malformed(&server, &head).await, Reason::PROTOCOL_ERROR, "{name}");
    }
    // A `:protocol` on another method.
    let get = [field(":method", "GET"), without(":method")].concat();
    assert_eq!(malformed(&server, &get).await, Reason::PROTOCOL_ERROR);
}

#[tokio::test]
async fn plain_requests_are_answered_over_http_2_too() {
    let router = Router::new()
        .route("/page", get(async || "a page"))
        .route("/upload", post(async |body: String| format!("{} bytes", body.len())))
        .route("/any", any(async || "any"))
        .route("/echo", get(async || "the same path"));
    let server = serve(app().fallback(router)).await;
    let mut connection = Connection::open(server.addr).await;
    let request = |path: &str| Request::get(format!("http://localhost{path}")).version(Version::HTTP_2);
    let page = connection.response(request("/page")).await;
    assert_eq!((page.status, &*page.body), (StatusCode::OK, "a page"));
    let beside = connection.response(request("/echo")).await;
    assert_eq!((beside.status, &*beside.body), (StatusCode::OK, "the same path"));
    assert_eq!(connection.response(request("/nowhere")).await.status, 404);
    let upload = Request::post("http://localhost/upload").version(Version::HTTP_2).body(()).unwrap();
    let (response, mut sending) = connection.send(upload, false).await;
    sending.send_data(vec![b'x'; 1000].into(), true).unwrap();
    let mut body = within(response).await.unwrap().into_body();
    assert_eq!(within(body.data()).await.unwrap().unwrap(), "1000 bytes");
    // A handshake at the path that a plain route shares, and one at a plain route.
    connection.tunnel(handshake("/echo")).await;
    let accepted_by_nobody = connection.response(handshake("/any")).await;
    assert_eq!((accepted_by_nobody.status, &*accepted_by_nobody.body), (StatusCode::FORBIDDEN, ""));
}

#[tokio::test]
async fn a_layer_that_replaces_the_answer_opens_no_websocket() {
    let server = serve(app().layer(from_fn(async |request: axum::extract::Request, next: Next| {
        let mut response = next.run(request).await;
        response.extensions_mut().clear();
        response
    })))
    .await;
    let mut connection = Connection::open(server.addr).await;
    assert_eq!(connection.response(handshake("/echo")).await.status, 403);
    until(|| server.app.stats().ended("abandoned") == 1).await;
}

#[tokio::test]
async fn http_1_1_is_always_there() {
    let (server, _connection) = server().await;
    let mut client = server.connect("/echo").await;
    within(futures_util::SinkExt::send(&mut client, tokio_websockets::Message::text("hello"))).await.unwrap();
    assert_eq!(ws_tests::text(&mut client).await, "hello");
    // Requests that begin like the preface, and in pieces.
    for (method, status) in [("P", 405), ("PRI", 405), ("PUT", 405), ("PRINT", 405)] {
        let request = ws_tests::raw::request(method, "/echo", &HEADERS);
        let mut raw = Raw::open(server.addr).await;
        raw.send(&request[..1]).await;
        raw.send(&request[1..3]).await;
        raw.send(&request[3..]).await;
        assert_eq!(raw.response().await.status, status, "{method}");
    }
}

#[tokio::test]
async fn http_2_is_off_unless_it_is_turned_on() {
    for app in [app(), app().http2(Http2::new()), app().http2(Http2::new().prior_knowledge(true)).http2(None)]
    {
        let server = Server::start(app).await;
        let mut raw = Raw::open(server.addr).await;
        raw.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
        assert_eq!(raw.response().await.status, 400);
    }
}

#[tokio::test]
async fn wrong_options_are_an_error() {
    for (options, words) in [
        (Http2::new().max_streams(0), "max_streams"),
        (Http2::new().window(1000), "65,535"),
        (Http2::new().window(1 << 30).max_streams(3), "2,147,483,647"),
        (Http2::new().max_head_size(0), "max_head_size"),
        (Http2::new().max_resets(0), "max_resets"),
        (Http2::new().ping(std::time::Duration::ZERO), "ping"),
    ] {
        let error = app().http2(options).bind("127.0.0.1:0").await.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

/// A program mounts the routes in a server of its own: hyper, with the extended CONNECT method.
#[tokio::test]
async fn c16_a_router_in_another_server_accepts_connect() {
    let app = app();
    let handle = app.handle();
    let router = Router::new().route("/page", get(async || "a page")).merge(app.into_router());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(router);
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .enable_connect_protocol()
            .serve_connection(TokioIo::new(stream), service)
            .await
    });
    let mut connection = Connection::with(&client::Builder::new(), addr).await;
    let mut tunnel = connection.tunnel(handshake("/echo")).await;
    tunnel.frame(TEXT, b"hello").await;
    assert_eq!(tunnel.read().await.unwrap().text(), "hello");
    assert_eq!(connection.response(handshake("/rejecting/200")).await.status, 403);
    tunnel.frame(CLOSE, &1000_u16.to_be_bytes()).await;
    assert_eq!(tunnel.read().await.unwrap().close().0, 1000);
    until(|| handle.stats().ended("remote") == 1).await;
}
