//! Messages, headers and paths at the limits of what the server accepts.

use ws_core::prelude::*;
use ws_core::{Delivery, Error, Overflow, Route, UrlError};
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, HEADERS, Raw};
use ws_tests::{Server, until};

use super::{Echo, echoes};

const MAILBOX: usize = 4096;

/// Returns a connection with a mailbox of [`MAILBOX`] bytes.
async fn connected(overflow: Overflow) -> (Server, Raw, Socket<Echo>) {
    let route =
        Route::new::<Echo>("/").mailbox_messages(16).mailbox_bytes(MAILBOX).mailbox_overflow(overflow);
    let server = Server::start(App::new().state(Notes::default()).route(route)).await;
    let mut client = Raw::connect(server.addr, "/").await;
    echoes(&mut client, "up").await;
    let socket = server.app.sockets().pop().expect("a connection");
    (server, client, socket)
}

#[tokio::test]
async fn one_message_larger_than_the_mailbox_passes_an_empty_one() {
    for overflow in [Overflow::Close, Overflow::DropOldest, Overflow::DropNewest] {
        let (server, mut client, socket) = connected(overflow).await;
        for size in [MAILBOX, MAILBOX + 1, 60_000] {
            assert_eq!(socket.send(vec![7; size]), Delivery::Queued, "{overflow:?}");
            let message = client.read().await.expect("a message");
            assert!(message.opcode == BINARY && message.payload == vec![7; size], "{overflow:?}, {size}");
        }
        assert_eq!(server.app.stats().dropped, 0);
        echoes(&mut client, "and goes on").await;
    }
}

#[tokio::test]
async fn a_message_larger_than_the_mailbox_overflows_one_that_is_not_empty() {
    // This test does not await between the sends, so the connection takes nothing out in the meantime.
    let (server, mut client, socket) = connected(Overflow::DropNewest).await;
    assert_eq!(socket.send("small"), Delivery::Queued);
    assert_eq!(socket.send(vec![7; MAILBOX]), Delivery::Dropped);
    assert_eq!(client.read().await.expect("a message").text(), "small");
    assert_eq!(server.app.stats().dropped, 1);
    echoes(&mut client, "and goes on").await;

    let (server, mut client, socket) = connected(Overflow::DropOldest).await;
    assert_eq!([socket.send("small"), socket.send("and late")], [Delivery::Queued; 2]);
    assert_eq!(socket.send(vec![7; MAILBOX]), Delivery::Queued);
    assert_eq!(client.read().await.expect("a message").payload.len(), MAILBOX);
    assert_eq!(server.app.stats().dropped, 2);
    echoes(&mut client, "and goes on").await;

    let (server, mut client, socket) = connected(Overflow::Close).await;
    assert_eq!(socket.send("small"), Delivery::Queued);
    assert_eq!(socket.send(vec![7; MAILBOX]), Delivery::Dropped);
    assert_eq!(client.read().await.expect("a close").close().0, 1013);
    until(|| server.app.stats().ended("overflow") == 1).await;
}

/// Adds headers to the 101 that claim more than was negotiated, or that do not belong there.
struct Claims;

#[websocket]
impl Claims {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        for (name, value) in [
            ("sec-websocket-protocol", "made-up"),
            ("sec-websocket-extensions", "permessage-deflate"),
            ("sec-websocket-accept", "made-up"),
            ("upgrade", "h2c"),
            ("connection", "close"),
            ("x-own", "kept"),
        ] {
            upgrade.header(name.parse().expect("a name"), value.parse().expect("a value"));
        }
        Self
    }

    #[text]
    fn received(&mut self, text: Text) -> Text {
        text
    }
}

// RFC 6455 5.8: "The endpoints of a connection MUST negotiate the use of any extensions during the opening handshake."
#[tokio::test]
async fn c1_a_header_of_init_claims_no_subprotocol_and_no_extension() {
    let app = App::new().mount::<Claims>("/none", ());
    let server = Server::start(app.route(Route::new::<Claims>("/v1").subprotocols(["v1"]))).await;
    let offers =
        [("Sec-WebSocket-Protocol", "v1, made-up"), ("Sec-WebSocket-Extensions", "permessage-deflate")];
    for (path, more, protocol) in
        [("/none", &[][..], None), ("/none", &offers, None), ("/v1", &offers, Some("v1")), ("/v1", &[], None)]
    {
        let mut client = Raw::open(server.addr).await;
        let response = client.request("GET", path, &[&HEADERS, more].concat()).await;
        assert_eq!(response.status, 101, "{response:?}");
        assert_eq!(response.header("sec-websocket-protocol"), protocol, "{response:?}");
        assert_eq!(response.header("sec-websocket-extensions"), None, "{response:?}");
        assert_eq!(response.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(response.header("x-own"), Some("kept"), "{response:?}");
        let head = response.head.to_lowercase();
        for name in ["upgrade", "connection", "sec-websocket-accept"] {
            assert_eq!(head.matches(&format!("\r\n{name}:")).count(), 1, "{head}");
        }
        assert!(!head.contains("made-up") && !head.contains("h2c"), "{head}");
        echoes(&mut client, "and it works").await;
    }
}

#[test]
fn a_url_has_no_segment_of_dots_that_a_client_resolves_to_another_path() {
    let app = App::new()
        .state(Notes::default())
        .route(Route::new::<Echo>("/rooms/{room}/seats").name("room"))
        .route(Route::new::<Echo>("/files/{*path}").name("file"));
    let handle = app.handle();
    drop(app.into_router());
    for (name, param, value) in [
        ("room", "room", "."),
        ("room", "room", ".."),
        ("file", "path", ".."),
        ("file", "path", "a/../b"),
        ("file", "path", "./a"),
        ("file", "path", "a/.."),
    ] {
        match handle.url_for(name, [(param, value)]).unwrap_err() {
            UrlError::Params { problem, .. } => {
                let expected = format!("parameter `{param}` is `{value}`");
                assert!(problem.contains(&expected) && problem.contains("another path"), "{problem}");
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(handle.url_for("room", [("room", "...")]).unwrap(), "/rooms/.../seats");
    assert_eq!(
        handle.url_for("room", [("room", "../x")]).unwrap_err().to_string().matches("`../x`").count(),
        1
    );
    assert_eq!(handle.url_for("file", [("path", "a.b/..c")]).unwrap(), "/files/a.b/..c");
}

#[tokio::test]
async fn a_path_that_no_request_can_ask_for_stops_the_start_with_a_suggestion() {
    for (path, written) in [
        ("/größe", "gr%C3%B6%C3%9Fe"),
        ("/a/日本/{room}", "%E6%97%A5%E6%9C%AC"),
        ("/\"quoted\"", "%22quoted%22"),
        ("/100%größe", "100%gr%C3%B6%C3%9Fe"),
    ] {
        let app = App::new().state(Notes::default()).mount::<Echo>(path, ());
        let error = app.try_into_router().map(drop).unwrap_err();
        assert!(matches!(error, Error::BadRoutes(_)), "{error}");
        let text = error.to_string();
        assert!(text.contains(&format!("write `{written}`")) && text.contains("Echo"), "{path}: {text}");
        assert!(text.contains("edges.rs:"), "the error gives the source location: {text}");
    }
    let app = App::new().state(Notes::default()).mount::<Echo>("/", ()).base_url("/größe");
    let text = app.try_into_router().map(drop).unwrap_err().to_string();
    assert!(text.contains("base_url") && text.contains("write `gr%C3%B6%C3%9Fe`"), "{text}");

    // The encoded path matches.
    let app = App::new().state(Notes::default()).mount::<Echo>("/gr%C3%B6%C3%9Fe/{x}", ());
    let server = Server::start(app.base_url("/%C3%BC")).await;
    let url = server.app.url::<Echo>([("x", "ß")]).expect("a url");
    assert_eq!(url, "/%C3%BC/gr%C3%B6%C3%9Fe/%C3%9F");
    echoes(&mut Raw::connect(server.addr, &url).await, "found").await;
}
