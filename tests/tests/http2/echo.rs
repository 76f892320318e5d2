//! Messages over HTTP/2.

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use tokio_websockets::Message as Frame;
use ws_core::prelude::*;
use ws_tests::raw::TEXT;
use ws_tests::{deflate, until, within};

use super::support::{Connection, handshake, serve};

#[websocket("/echo", max_message_size = "8MiB")]
#[derive(Default)]
pub(crate) struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

#[websocket("/compressed", compress)]
#[derive(Default)]
struct Compressed;

#[websocket]
impl Compressed {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

/// Sends what it knows about its request.
#[websocket("/facts")]
struct Facts(String);

#[websocket]
impl Facts {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        Self(format!("{:?} {}", upgrade.http_version(), upgrade.version()))
    }

    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        let (own, socket) = (cx.http_version(), cx.socket().http_version());
        format!("{} {own:?} {socket:?} {} {:?}", self.0, cx.version(), cx.peer_addr().map(|addr| addr.ip()))
    }
}

fn app() -> App {
    App::discover_in(module_path!())
}

#[tokio::test]
async fn c16_a_message_is_echoed_over_http_2() {
    let server = serve(app()).await;
    let mut connection = Connection::open(server.addr).await;
    let mut socket = connection.connect("/echo").await;
    within(socket.send(Frame::text("hello"))).await.unwrap();
    assert_eq!(within(socket.next()).await.unwrap().unwrap().as_text(), Some("hello"));
}

#[tokio::test]
async fn c16_messages_of_every_size_are_echoed() {
    let server = serve(app()).await;
    let mut connection = Connection::open(server.addr).await;
    let mut socket = connection.connect("/echo").await;
    for size in [0, 1, 125, 126, 16_383, 16_384, 16_385, 65_535, 65_536, 1 << 20, 5 << 20] {
        let payload: Vec<u8> = (0..=250).cycle().take(size).collect();
        within(socket.send(Frame::binary(payload.clone()))).await.unwrap();
        let echo = within(socket.next()).await.unwrap().unwrap();
        assert!(echo.as_payload().as_ref() == payload.as_slice(), "{size}");
    }
}

#[tokio::test]
async fn c16_many_sockets_share_one_connection() {
    let server = serve(app()).await;
    let mut connection = Connection::open(server.addr).await;
    let mut sockets = Vec::new();
    for _ in 0..50 {
        sockets.push(connection.connect("/echo").await);
    }
    join_all(sockets.iter_mut().enumerate().map(|(number, socket)| async move {
        for round in 0..20 {
            let text = format!("{number}: {round} {}", "x".repeat(number * round));
            within(socket.send(Frame::text(text.clone()))).await.unwrap();
            assert_eq!(within(socket.next()).await.unwrap().unwrap().as_text(), Some(&*text));
        }
    }))
    .await;
    assert_eq!(server.app.stats().open, 50);
    drop(sockets);
    until(|| server.app.stats().open == 0).await;
    let stats = server.app.stats();
    assert_eq!((stats.opened, stats.ended.values().sum::<u64>()), (50, 50));
    // The connection itself lives on.
    let mut socket = connection.connect("/echo").await;
    within(socket.send(Frame::text("again"))).await.unwrap();
    assert_eq!(within(socket.next()).await.unwrap().unwrap().as_text(), Some("again"));
}

#[tokio::test]
async fn c16_compression_is_negotiated() {
    let server = serve(app()).await;
    let mut connection = Connection::open(server.addr).await;
    let request = handshake("/compressed").header("sec-websocket-extensions", "permessage-deflate");
    let mut tunnel = connection.tunnel(request).await;
    let extensions = tunnel.headers["sec-websocket-extensions"].to_str().unwrap().to_owned();
    assert!(extensions.starts_with("permessage-deflate"), "{extensions}");
    let text = "the same words again and again ".repeat(100);
    let mut frame = ws_tests::raw::frame(true, TEXT, &deflate::deflate(text.as_bytes()));
    frame[0] |= 0x40;
    within(tokio::io::AsyncWriteExt::write_all(&mut tunnel, &frame)).await.unwrap();
    let mut header = [0; 2];
    within(tokio::io::AsyncReadExt::read_exact(&mut tunnel, &mut header)).await.unwrap();
    assert_eq!(header[0], 0xc1, "a compressed text");
    assert!(usize::from(header[1]) < text.len() / 20);
}

#[tokio::test]
async fn c16_the_version_of_http_is_known() {
    let server = serve(app()).await;
    let mut connection = Connection::open(server.addr).await;
    let mut socket = connection.connect("/facts").await;
    let facts = within(socket.next()).await.unwrap().unwrap();
    assert_eq!(facts.as_text(), Some("HTTP/2.0 13 HTTP/2.0 HTTP/2.0 13 Some(127.0.0.1)"));
    let mut client = server.connect("/facts").await;
    let facts = ws_tests::text(&mut client).await;
    assert_eq!(facts, "HTTP/1.1 13 HTTP/1.1 HTTP/1.1 13 Some(127.0.0.1)");
}
