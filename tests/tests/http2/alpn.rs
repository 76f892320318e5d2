//! HTTP/2 over TLS, which the client chooses by ALPN.

use futures_util::{SinkExt, StreamExt};
use h2::client::Builder;
use tokio_websockets::Message as Frame;
use ws_core::prelude::*;
use ws_core::{Http2, tls};
use ws_tests::raw::{CLOSE, TEXT};
use ws_tests::{Server, until, within};

use super::support::{Connection, handshake};
use super::tls_support::{Authority, DAY, Trusting, serve};

#[websocket("/echo", max_message_size = "8MiB")]
#[derive(Default)]
struct Echo;

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

#[websocket("/facts")]
#[derive(Default)]
struct Facts;

#[websocket]
impl Facts {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        format!("{:?} {:?}", cx.http_version(), cx.scheme())
    }
}

fn app() -> App {
    App::discover_in(module_path!())
}

async fn connection(server: &Server, trusting: &Trusting) -> Connection {
    let stream = trusting.clone().alpn(&["h2"]).open(server.addr).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    Connection::over(&Builder::new(), stream).await
}

#[tokio::test]
async fn c16_a_client_that_offers_h2_speaks_it() {
    let (server, trusting) = serve(app().http2(Http2::new())).await;
    for trusting in [trusting.clone(), trusting.tls12()] {
        let mut connection = connection(&server, &trusting).await;
        let mut socket = connection.connect("/echo").await;
        for size in [0, 1, 125, 16_384, 65_536, 5 << 20] {
            let payload: Vec<u8> = (0..=250).cycle().take(size).collect();
            within(socket.send(Frame::binary(payload.clone()))).await.unwrap();
            let echo = within(socket.next()).await.unwrap().unwrap();
            assert!(echo.as_payload().as_ref() == payload.as_slice(), "{size}");
        }
        // RFC 8441 5: "MUST be 'https' for 'wss'-schemed WebSockets" … the server trusts its own TLS, not what a client writes.
        let mut facts = connection.connect("/facts").await;
        assert_eq!(within(facts.next()).await.unwrap().unwrap().as_text(), Some("HTTP/2.0 Some(\"https\")"));
    }
}

#[tokio::test]
async fn c16_http_1_1_stays_available_over_tls() {
    let (server, trusting) = serve(app().http2(Http2::new())).await;
    for trusting in [trusting.clone(), trusting.clone().alpn(&["http/1.1"])] {
        let mut client = trusting.connect(server.addr, "/facts").await;
        let facts = within(client.next()).await.unwrap().unwrap();
        assert_eq!(facts.as_text(), Some("HTTP/1.1 Some(\"https\")"));
    }
    let both = trusting.alpn(&["http/1.1", "h2"]).open(server.addr).await.unwrap();
    assert_eq!(both.get_ref().1.alpn_protocol(), Some(&b"h2"[..]), "the server prefers HTTP/2");
}

#[tokio::test]
async fn h2_is_not_offered_unless_it_is_turned_on() {
    let (server, trusting) = serve(app()).await;
    let stream = trusting.clone().alpn(&["h2", "http/1.1"]).open(server.addr).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert!(trusting.alpn(&["h2"]).open(server.addr).await.is_err());
}

#[tokio::test]
async fn a_configuration_of_rustls_may_offer_h2() {
    let authority = Authority::new();
    let pair = authority.server(90 * DAY);
    let config = |alpn: &[&str]| tls::from_rustls(pair.rustls(alpn));
    for alpn in [&[][..], &["h2", "http/1.1"]] {
        let server = Server::start(app().tls(config(alpn)).http2(Http2::new())).await;
        let mut socket = connection(&server, &authority.trusting()).await.connect("/echo").await;
        within(socket.send(Frame::text("hello"))).await.unwrap();
        assert_eq!(within(socket.next()).await.unwrap().unwrap().as_text(), Some("hello"));
    }
    let without = Server::start(app().tls(config(&["http/1.1"])).http2(Http2::new())).await;
    let stream = authority.trusting().alpn(&["h2", "http/1.1"]).open(without.addr).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
}

#[tokio::test]
async fn c16_a_drain_over_tls_ends_in_order() {
    let (server, trusting) = serve(app().http2(Http2::new())).await;
    let mut connection = connection(&server, &trusting).await;
    let mut tunnel = connection.tunnel(handshake("/echo")).await;
    tunnel.frame(TEXT, b"hello").await;
    assert_eq!(tunnel.read().await.unwrap().text(), "hello");
    let app = server.app.clone();
    let drain = app.drain(ws_tests::PATIENCE);
    let leave = async {
        assert_eq!(tunnel.read().await.unwrap().close().0, 1001);
        tunnel.frame(CLOSE, &1001_u16.to_be_bytes()).await;
        assert_eq!(tunnel.read().await, None);
        tunnel.end();
    };
    let (drained, ()) = futures_util::future::join(drain, leave).await;
    assert_eq!(ws_tests::drained(&drained), (1, 0, 0));
    drop(tunnel);
    // GOAWAY, and then `close_notify`: the end is no error.
    within(&mut connection.over).await.unwrap().unwrap();
    until(|| server.app.stats().open == 0).await;
    server.ended().await;
}
