//! What holds for TCP holds over TLS.

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use tokio_websockets::Message as Frame;
use ws_core::client;
use ws_core::prelude::*;
use ws_tests::{until, within};

use super::support::serve;

#[websocket("/echo", compress, max_message_size = "8MiB")]
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

/// Sends what it knows about its request.
#[websocket("/facts")]
struct Facts(Option<&'static str>);

#[websocket]
impl Facts {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        Self(upgrade.scheme())
    }

    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        format!("{:?} {:?} {:?}", self.0, cx.scheme(), cx.peer_addr().map(|addr| addr.ip()))
    }
}

fn app() -> App {
    App::discover_in(module_path!())
}

#[tokio::test]
async fn messages_of_every_size_are_echoed() {
    let (server, trusting) = serve(app()).await;
    for trusting in [trusting.clone(), trusting.tls12()] {
        let mut client = trusting.connect(server.addr, "/echo").await;
        for size in [0, 1, 125, 126, 16_383, 16_384, 16_385, 65_536, 1 << 20, 5 << 20] {
            let payload: Vec<u8> = (0..=250).cycle().take(size).collect();
            within(client.send(Frame::binary(payload.clone()))).await.unwrap();
            let echo = within(client.next()).await.unwrap().unwrap();
            assert!(echo.as_payload().as_ref() == payload.as_slice(), "{size}");
        }
    }
    assert_eq!(server.app.stats().tls_handshakes, 2);
}

#[tokio::test]
async fn many_connections_echo_many_messages() {
    let (server, trusting) = serve(app()).await;
    let mut clients = join_all((0..100).map(|_| trusting.connect(server.addr, "/echo"))).await;
    join_all(clients.iter_mut().enumerate().map(|(number, client)| async move {
        for round in 0..20 {
            let text = format!("{number}: {round} {}", "x".repeat(number * round));
            within(client.send(Frame::text(text.clone()))).await.unwrap();
            assert_eq!(within(client.next()).await.unwrap().unwrap().as_text(), Some(&*text));
        }
    }))
    .await;
    assert_eq!(server.app.stats().open, 100);
    drop(clients);
    until(|| server.app.stats().open == 0).await;
    let stats = server.app.stats();
    assert_eq!((stats.opened, stats.ended.values().sum::<u64>()), (100, 100));
}

#[tokio::test]
async fn a_burst_of_messages_keeps_its_order() {
    let (server, trusting) = serve(app()).await;
    let client = trusting.connect(server.addr, "/echo").await;
    let (mut sending, mut receiving) = client.split();
    let send = async {
        for number in 0..5_000 {
            sending.send(Frame::text(number.to_string())).await.unwrap();
        }
    };
    let receive = async {
        for number in 0..5_000 {
            let echo = receiving.next().await.unwrap().unwrap();
            assert_eq!(echo.as_text(), Some(&*number.to_string()));
        }
    };
    within(futures_util::future::join(send, receive)).await;
}

#[tokio::test]
async fn the_scheme_is_https() {
    let (server, trusting) = serve(app()).await;
    let mut client = trusting.connect(server.addr, "/facts").await;
    let facts = within(client.next()).await.unwrap().unwrap();
    assert_eq!(facts.as_text(), Some("Some(\"https\") Some(\"https\") Some(127.0.0.1)"));
}

#[tokio::test]
async fn the_clients_of_this_crate_connect_and_compress() {
    let (server, trusting) = serve(app()).await;
    let url = format!("wss://localhost:{}/echo", server.addr.port());
    let mut client = within(client::request(&url).tls_config(trusting.config()).connect()).await.unwrap();
    within(client.send("hello")).await.unwrap();
    assert_eq!(within(client.text()).await.unwrap(), "hello");
    let answer = within(client.close(CloseCode::NORMAL, "bye")).await.unwrap();
    assert_eq!(answer, Some((1000, "bye".to_owned())));
    until(|| server.app.stats().ended("remote") == 1).await;
}

#[tokio::test]
async fn a_drain_closes_every_connection_in_an_orderly_way() {
    let (server, trusting) = serve(app()).await;
    let clients = join_all((0..10).map(|_| trusting.connect(server.addr, "/echo"))).await;
    let app = server.app.clone();
    let drain = app.drain(ws_tests::PATIENCE);
    let leave = join_all(clients.into_iter().map(|mut client| async move {
        let close = within(client.next()).await.unwrap().unwrap();
        assert_eq!(close.as_close().map(|(code, _)| code.into()), Some(1001_u16));
        // The end comes in an orderly way: with `close_notify`, so without an error.
        assert!(within(client.next()).await.is_none());
    }));
    let (drained, _) = futures_util::future::join(drain, leave).await;
    assert_eq!(ws_tests::drained(&drained), (10, 0, 0));
    server.ended().await;
}
