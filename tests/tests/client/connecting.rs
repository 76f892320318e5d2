//! Connecting: rejections, invalid responses and the contents of the errors.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use tokio::io::AsyncReadExt;
use ws_core::client::{self, Error};
use ws_core::prelude::*;
use ws_tests::{Server, within};

use super::peer::{Listener, Peer, UPGRADE, refused};

/// Rejects requests without the token.
#[websocket("/door")]
struct Door;

#[websocket]
impl Door {
    #[init]
    fn init(headers: HeaderMap) -> Result<Self, impl IntoResponse> {
        match headers.get("authorization") {
            Some(token) if token == "Bearer abc" => Ok(Self),
            _ => Err((
                StatusCode::UNAUTHORIZED,
                [("www-authenticate", "Bearer")],
                "a token, please\n".repeat(2000),
            )),
        }
    }
}

#[tokio::test]
async fn a_rejection_has_status_headers_and_body() {
    let server = Server::start(App::discover_in(module_path!())).await;
    let url = format!("ws://{}/door", server.addr);
    let error = within(client::connect(&url)).await.unwrap_err();
    let wanted = "the server rejected the handshake: 401 Unauthorized: a token, please\\na token";
    assert!(error.to_string().starts_with(wanted), "{error}");
    let Error::Rejected(rejected) = error else { panic!("{error}") };
    assert_eq!(rejected.status, 401);
    assert_eq!(rejected.headers["www-authenticate"], "Bearer");
    // 32,000 bytes come in several pieces.
    assert_eq!(rejected.body, "a token, please\n".repeat(2000));
    within(client::request(&url).header("authorization", "Bearer abc").connect()).await.unwrap();
    let error = within(client::connect(&format!("ws://{}/nowhere", server.addr))).await.unwrap_err();
    let wanted = "the server rejected the handshake: 404 Not Found: no route matches /nowhere";
    assert_eq!(error.to_string(), wanted);
}

#[tokio::test]
async fn a_rejections_body_is_read_to_its_end_and_bounded() {
    let listener = Listener::bind().await;
    let serve = async {
        let (mut peer, _) = listener.accept().await;
        peer.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000000\r\n\r\nfirst ").await;
        // A pause, so that the head arrives alone: the client must wait for the rest.
        tokio::time::sleep(Duration::from_millis(50)).await;
        peer.send(b"second ").await;
        peer.send("x".repeat(100_000).as_bytes()).await;
        peer
    };
    let (client, _peer) = tokio::join!(within(listener.request().connect()), serve);
    let Err(Error::Rejected(rejected)) = client else { panic!("a rejection") };
    assert!(rejected.body.starts_with("first second xxx"), "{}", &rejected.body[..20]);
    assert_eq!(rejected.body.len(), 64 << 10);
}

#[tokio::test]
async fn the_request_is_that_of_rfc_6455() {
    let listener = Listener::bind().await;
    let mut keys = Vec::new();
    for _ in 0..2 {
        let url = format!("ws://{}/a%20b?c=d", listener.addr());
        let connect =
            tokio::spawn(async move { client::request(&url).subprotocols(&["x", "y"]).connect().await });
        let (_peer, head) = listener.accept().await;
        assert!(head.starts_with("GET /a%20b?c=d HTTP/1.1\r\n"), "{head}");
        let header = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            line.unwrap_or_else(|| panic!("{name} in {head}")).to_owned()
        };
        assert_eq!(header("host"), listener.addr().to_string());
        assert_eq!(header("upgrade"), "websocket");
        assert_eq!(header("connection"), "Upgrade");
        assert_eq!(header("sec-websocket-version"), "13");
        assert_eq!(header("sec-websocket-protocol"), "x, y");
        keys.push(header("sec-websocket-key"));
        connect.abort();
    }
    // Keys are 16 bytes in base64, and differ between connections.
    assert!(keys.iter().all(|key| key.len() == 24 && key.ends_with("==")), "{keys:?}");
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn an_empty_list_of_subprotocols_is_no_header() {
    let listener = Listener::bind().await;
    let url = format!("ws://{}/", listener.addr());
    let request = client::request(&url).subprotocols(&["x"]).subprotocols(&[]);
    let connect = tokio::spawn(async move { request.connect().await });
    let (_peer, head) = listener.accept().await;
    assert!(!head.contains("sec-websocket-protocol"), "{head}");
    connect.abort();
}

#[tokio::test]
async fn an_invalid_upgrade_is_an_error() {
    let head = "HTTP/1.1 101 Switching Protocols\r\n";
    let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    for (response, problem) in [
        (
            format!("{head}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
            "`Sec-WebSocket-Accept` does not match",
        ),
        (UPGRADE.replace("s3p", "S3p") + "\r\n", "`Sec-WebSocket-Accept` does not match"),
        (
            format!("{head}{accept}Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
            "does not upgrade to `websocket`",
        ),
        (format!("{head}{accept}Upgrade: websocket\r\n\r\n"), "does not upgrade to `websocket`"),
        (
            format!("{UPGRADE}Sec-WebSocket-Protocol: x\r\n\r\n"),
            "a subprotocol that the client did not offer",
        ),
        (
            format!("{UPGRADE}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
            "an extension that the client did not offer",
        ),
    ] {
        let error = refused(&response).await;
        assert!(matches!(error, Error::Handshake(_)), "{response}: {error}");
        assert!(error.to_string().contains(problem), "{response}: {error}");
    }
    for no_http in ["SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"] {
        let error = refused(no_http).await;
        assert!(matches!(error, Error::Http(_)), "{no_http}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_or_is_not_there_is_an_error() {
    let listener = Listener::bind().await;
    let addr = listener.addr();
    let hang_up = async { drop(listener.accept().await) };
    let (client, ()) = tokio::join!(within(listener.request().connect()), hang_up);
    let error = client.unwrap_err();
    assert!(matches!(error, Error::Http(_)), "{error}");
    drop(listener);
    let error = within(client::connect(&format!("ws://{addr}/"))).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot connect to {addr}: ")), "{error}");
}

#[tokio::test]
async fn connecting_has_a_timeout() {
    let listener = Listener::bind().await;
    let connect = listener.request().connect_timeout(Duration::from_secs(1)).connect();
    let (client, (_peer, _)) = tokio::join!(within(connect), listener.accept());
    let wanted = "waited for the server to accept the connection, but nothing came within 1 s";
    assert_eq!(client.unwrap_err().to_string(), wanted);
}

#[tokio::test]
async fn dropping_the_future_closes_the_socket() {
    let listener = Listener::bind().await;
    let request = listener.request();
    let connecting = tokio::spawn(async move { request.connect().await });
    let (Peer(mut stream), _) = listener.accept().await;
    connecting.abort();
    assert_eq!(within(stream.read(&mut [0])).await.unwrap(), 0);
}

#[tokio::test]
async fn mistakes_in_a_request_are_errors() {
    let request = || client::request("ws://127.0.0.1:1/");
    for request in
        [request().header("not a name", "x"), request().header("x", "\0"), request().subprotocols(&["\n"])]
    {
        let error = within(request.connect()).await.unwrap_err();
        assert!(matches!(error, Error::Request(_)), "{error}");
    }
    for url in ["http://127.0.0.1:1/", "127.0.0.1:1", "ws://"] {
        let error = within(client::request(url).header("not a name", "x").connect()).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("invalid WebSocket URL `{url}`: ")), "{error}");
    }
}
