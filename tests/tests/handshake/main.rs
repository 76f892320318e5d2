//! The opening handshake over plain TCP (RFC 6455 4): accepted requests, rejected requests, and the texts of the
//! rejections.

mod malformed;
mod stream;

use http::{HeaderName, HeaderValue, header};
use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::{self, HEADERS, Raw, Response, TEXT};

/// Echoes messages.
#[websocket("/echo")]
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn received(&mut self, text: &str) -> String {
        text.to_owned()
    }

    #[binary]
    fn bytes(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

/// Selects the subprotocols in the query, in place of those that the route prefers.
#[websocket("/versions", subprotocols = ["v2", "v1"])]
struct Versions {
    agreed: Vec<bool>,
}

#[websocket]
impl Versions {
    #[init]
    fn new(query: axum::extract::RawQuery, upgrade: &mut Upgrade<Self>) -> Self {
        let wanted = query.0.unwrap_or_default();
        let agreed = wanted.split('&').filter(|name| !name.is_empty());
        Self { agreed: agreed.map(|name| upgrade.set_subprotocol(name)).collect() }
    }

    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        format!("{:?} {:?} {}", cx.subprotocol(), self.agreed, cx.version())
    }
}

/// Adds headers to the 101, and tries to change those of the handshake.
#[websocket("/headers")]
struct Headers;

#[websocket]
impl Headers {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.header(header::SET_COOKIE, HeaderValue::from_static("a=1"));
        upgrade.header(header::SET_COOKIE, HeaderValue::from_static("b=2"));
        for name in [
            header::SEC_WEBSOCKET_ACCEPT,
            header::SEC_WEBSOCKET_PROTOCOL,
            header::SEC_WEBSOCKET_EXTENSIONS,
            header::UPGRADE,
            header::CONNECTION,
        ] {
            upgrade.header(name, HeaderValue::from_static("mine"));
        }
        upgrade.header(HeaderName::from_static("x-mine"), HeaderValue::from_static("mine"));
        Self
    }
}

fn app() -> App {
    App::discover_in(module_path!())
}

async fn server() -> Server {
    Server::start(app()).await
}

async fn ask(server: &Server, path: &str, headers: &[(&str, &str)]) -> (Raw, Response) {
    let mut raw = Raw::open(server.addr).await;
    let response = raw.request("GET", path, headers).await;
    (raw, response)
}

/// Returns the headers of a valid handshake without those called `name`, followed by `more`.
fn with<'h>(name: &str, more: &[(&'h str, &'h str)]) -> Vec<(&'h str, &'h str)> {
    let kept = HEADERS.into_iter().filter(|(known, _)| *known != name);
    kept.chain(more.iter().copied()).collect()
}

// RFC 6455 4.2.2: "If the server chooses to accept the incoming connection, it MUST reply with a valid HTTP response
// indicating the following. … A Status-Line with a 101 response code"
// RFC 6455 4.2.2: "The value of this header field is constructed by concatenating /key/, defined above in step 4 in
// Section 4.2.2, with the string '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'"
#[tokio::test]
async fn a_good_handshake_is_answered_with_the_accept_value() {
    let server = server().await;
    let (mut raw, response) = ask(&server, "/echo", &HEADERS).await;
    assert_eq!(response.status, 101, "{response:?}");
    assert_eq!(response.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert!(response.header("upgrade").unwrap().eq_ignore_ascii_case("websocket"), "{response:?}");
    assert!(response.header("connection").unwrap().eq_ignore_ascii_case("upgrade"), "{response:?}");
    for absent in
        ["sec-websocket-protocol", "sec-websocket-extensions", "content-length", "transfer-encoding"]
    {
        assert_eq!(response.header(absent), None, "{response:?}");
    }
    raw.frame(TEXT, b"hello").await;
    assert_eq!(raw.read().await.unwrap().text(), "hello");
}

// RFC 6455 4.2.1: "An |Upgrade| header field containing the value 'websocket', treated as an ASCII case-insensitive
// value."
// RFC 6455 4.2.1: "A |Connection| header field that includes the token 'Upgrade', treated as an ASCII case-insensitive
// value."
#[tokio::test]
async fn connection_and_upgrade_are_token_lists_in_any_case_and_over_several_lines() {
    let server = server().await;
    for (name, more) in [
        ("Connection", &[("connection", "keep-alive, UPGRADE")][..]),
        ("Connection", &[("CONNECTION", "upgrade,keep-alive")]),
        ("Connection", &[("Connection", "keep-alive"), ("Connection", ", x-y ,\tuPgRaDe ,")]),
        ("Upgrade", &[("Upgrade", "WebSocket")]),
        ("Upgrade", &[("upgrade", "h2c, WEBSOCKET")]),
        ("Upgrade", &[("Upgrade", "h2c"), ("Upgrade", "websocket")]),
    ] {
        let (_, response) = ask(&server, "/echo", &with(name, more)).await;
        assert_eq!(response.status, 101, "{more:?}: {response:?}");
    }
    for (name, more, status) in [
        ("Connection", &[("Connection", "keep-alive")][..], 400),
        ("Connection", &[("Connection", "not-upgrade, upgrades")], 400),
        ("Connection", &[], 400),
        ("Upgrade", &[("Upgrade", "websockets")], 426),
        ("Upgrade", &[("Upgrade", "h2c")], 426),
    ] {
        let (_, response) = ask(&server, "/echo", &with(name, more)).await;
        assert_eq!(response.status, status, "{more:?}: {response:?}");
        assert!(response.body.contains(&format!("`{name}: ")), "{response:?}");
    }
}

// RFC 6455 4.2.1: "A |Sec-WebSocket-Key| header field with a base64-encoded (see Section 4 of [RFC4648]) value that, when
// decoded, is 16 bytes in length."
#[tokio::test]
async fn the_key_is_one_of_exactly_sixteen_bytes() {
    let server = server().await;
    let key = "Sec-WebSocket-Key";
    for more in [
        &[][..],
        &[(key, "")],
        &[(key, "dGhlIHNhbXBsZSBub25j")],
        &[(key, "dGhlIHNhbXBsZSBub25jZTE=")],
        &[(key, "dGhlIHNhbXBsZSBub25jZQ")],
        &[(key, "not base64 at all!!!!!!!")],
        &[(key, "dGhlIHNhbXBsZSBub25jZQ=="), (key, "dGhlIHNhbXBsZSBub25jZQ==")],
    ] {
        let (_, response) = ask(&server, "/echo", &with(key, more)).await;
        assert_eq!(response.status, 400, "{more:?}: {response:?}");
        assert!(response.body.contains("`Sec-WebSocket-Key`"), "{response:?}");
    }
}

#[tokio::test]
async fn another_method_is_405_with_the_allowed_one() {
    let server = server().await;
    for method in ["POST", "PUT", "DELETE"] {
        let response = Raw::open(server.addr).await.request(method, "/echo", &HEADERS).await;
        assert_eq!(response.status, 405, "{response:?}");
        assert_eq!(response.header("allow"), Some("GET"), "{response:?}");
        assert!(response.body.contains(method) && response.body.contains("GET"), "{response:?}");
    }
}

#[tokio::test]
async fn a_plain_request_is_426_with_the_required_upgrade() {
    let server = server().await;
    let (_, response) = ask(&server, "/echo", &[("Host", "localhost")]).await;
    assert_eq!(response.status, 426, "{response:?}");
    assert_eq!(response.header("upgrade"), Some("websocket"), "{response:?}");
    assert!(response.body.contains("`Upgrade: websocket`"), "{response:?}");
}

// RFC 6455 4.2.2: "If this version does not match a version understood by the server, the server MUST abort the WebSocket
// handshake"
// RFC 6455 4.4: "If the server doesn't support the requested version, it MUST respond with a |Sec-WebSocket-Version|
// header field (or multiple |Sec-WebSocket-Version| header fields) containing all versions it is willing to use."
#[tokio::test]
async fn another_version_is_answered_with_those_spoken() {
    let server = server().await;
    let name = "Sec-WebSocket-Version";
    for (more, words) in [
        (&[(name, "12")][..], "version 12"),
        (&[(name, "013")], "version 013"),
        (&[], "no `Sec-WebSocket-Version`"),
    ] {
        let (_, response) = ask(&server, "/echo", &with(name, more)).await;
        assert_eq!(response.status, 426, "{more:?}: {response:?}");
        assert_eq!(response.header(name), Some("13, 8, 7"), "{response:?}");
        assert!(response.body.contains(words), "{words}: {response:?}");
    }
}

#[tokio::test]
async fn http_1_0_cannot_be_upgraded() {
    let server = server().await;
    let mut raw = Raw::open(server.addr).await;
    let request = String::from_utf8(raw::request("GET", "/echo", &HEADERS)).unwrap();
    raw.send(request.replace("HTTP/1.1", "HTTP/1.0").as_bytes()).await;
    let response = raw.response().await;
    assert_eq!(response.status, 400, "{response:?}");
    assert!(response.body.contains("HTTP/1.1") && response.body.contains("HTTP/1.0"), "{response:?}");
}

// RFC 6455 4.2.1: "Optionally, a |Sec-WebSocket-Protocol| header field, with a list of values indicating which protocols
// the client would like to speak, ordered by preference."
// RFC 6455 4.2.2: "The value chosen MUST be derived from the client's handshake, specifically by selecting one of the
// values from the |Sec-WebSocket-Protocol| field"
// RFC 6455 4.2.2: "if the server does not wish to agree to one of the suggested subprotocols, it MUST NOT send back a
// |Sec-WebSocket-Protocol| header field in its response"
#[tokio::test]
async fn the_route_prefers_among_the_subprotocols_that_are_offered() {
    const OFFER: &str = "Sec-WebSocket-Protocol";
    let server = server().await;
    for (path, offer, agreed, expected) in [
        ("/versions", &[(OFFER, "v1, v2")][..], Some("v2"), "Some(\"v2\") [] 13"),
        ("/versions", &[(OFFER, "v0"), (OFFER, "v1")], Some("v1"), "Some(\"v1\") [] 13"),
        ("/versions", &[], None, "None [] 13"),
        ("/versions?v1", &[(OFFER, "v1, v2")], Some("v1"), "Some(\"v1\") [true] 13"),
        ("/versions?v9&v0", &[(OFFER, "v0, v2")], Some("v0"), "Some(\"v0\") [false, true] 13"),
        ("/versions?v1", &[], None, "None [false] 13"),
    ] {
        let (mut raw, response) = ask(&server, path, &with("", offer)).await;
        assert_eq!(response.status, 101, "{offer:?}: {response:?}");
        assert_eq!(response.header("sec-websocket-protocol"), agreed, "{offer:?}: {response:?}");
        assert_eq!(raw.read().await.unwrap().text(), expected);
    }
    let (_, response) = ask(&server, "/versions", &with("", &[(OFFER, "v3, V2")])).await;
    assert_eq!(response.status, 400, "{response:?}");
    assert!(response.body.contains("(v3, V2)") && response.body.contains("v2, v1"), "{response:?}");
    let (_, response) = ask(&server, "/versions", &with("", &[(OFFER, "v2, v 1")])).await;
    assert_eq!(response.status, 400, "{response:?}");
    assert!(response.body.contains("`v 1`") && response.body.contains(OFFER), "{response:?}");
    // A route without subprotocols accepts any offer and selects none.
    let (_, response) = ask(&server, "/echo", &with("", &[(OFFER, "v1")])).await;
    assert_eq!((response.status, response.header("sec-websocket-protocol")), (101, None), "{response:?}");
}

// RFC 6455 4.2.1: "Unknown header fields are ignored, as per [RFC2616]."
#[tokio::test]
async fn unknown_headers_are_ignored() {
    let server = server().await;
    let more = [
        ("Cookie", "a=1"),
        ("X-Unknown", "\u{85}"),
        ("Sec-WebSocket-Unknown", "?"),
        ("Sec-WebSocket-Accept", "x"),
    ];
    let (_, response) = ask(&server, "/echo", &with("", &more)).await;
    assert_eq!(response.status, 101, "{response:?}");
}

// RFC 6455 4.2.2: "If the requested service is not available, the server MUST send an appropriate HTTP error code (such
// as 404 Not Found)"
#[tokio::test]
async fn a_handshake_at_an_unknown_path_is_404() {
    let server = server().await;
    for path in ["/unknown", "/echo/", "/"] {
        let (_, response) = ask(&server, path, &HEADERS).await;
        assert_eq!(response.status, 404, "{response:?}");
    }
}

#[tokio::test]
async fn init_adds_headers_and_cannot_change_those_of_the_handshake() {
    let server = server().await;
    let (_, response) = ask(&server, "/headers", &HEADERS).await;
    assert_eq!(response.status, 101, "{response:?}");
    let values = |wanted: &str| -> Vec<&str> {
        let headers = response.head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value).collect()
    };
    assert_eq!(values("set-cookie"), ["a=1", "b=2"]);
    assert_eq!(values("x-mine"), ["mine"]);
    assert_eq!(values("sec-websocket-accept"), ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]);
    assert_eq!(values("upgrade"), ["websocket"]);
    assert_eq!(values("connection"), ["Upgrade"]);
    // The client offered nothing, so it must fail the connection if the server selects anything (RFC 6455 4.1).
    assert!(values("sec-websocket-protocol").is_empty(), "{response:?}");
    assert!(values("sec-websocket-extensions").is_empty(), "{response:?}");
}
