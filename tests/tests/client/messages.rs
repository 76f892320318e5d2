//! Sending and receiving messages, against the ws-core server.

use std::time::Duration;

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use ws_core::client::{self, Client, Error};
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::{Server, within};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Point {
    x: i32,
    y: i32,
}

/// Returns text and bytes, and the mirror image of a point.
#[websocket("/echo", subprotocols = ["v2", "v1"])]
struct Echo {
    token: String,
}

#[websocket]
impl Echo {
    #[init]
    fn init(headers: HeaderMap) -> Self {
        let header = |name| headers.get(name).map_or("", |value| value.to_str().expect("ASCII"));
        Self { token: format!("{} {} {}", header("host"), header("x-token"), headers.len()) }
    }

    #[text]
    fn text(&mut self, text: &str) -> String {
        match text {
            "token" => self.token.clone(),
            text => match serde_json::from_str(text) {
                Ok(Point { x, y }) => serde_json::to_string(&Point { x: y, y: x }).expect("JSON"),
                Err(_) => text.to_owned(),
            },
        }
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

/// Notes each control frame that it receives.
#[websocket("/controls", heartbeat = "50ms", idle_timeout = "10s")]
#[derive(Default)]
struct Controls;

#[websocket]
impl Controls {
    #[ping]
    fn ping(&mut self, payload: &[u8], cx: &mut Context<Self>) {
        let note = format!("ping {}", String::from_utf8_lossy(payload));
        cx.state::<Notes>().add(note);
    }

    #[pong]
    fn pong(&mut self, cx: &mut Context<Self>) {
        cx.state::<Notes>().add("pong");
    }

    #[text]
    fn text(&mut self) -> &'static str {
        "text"
    }
}

async fn serve() -> (Server, Notes) {
    let notes = Notes::default();
    (Server::start(App::discover_in(module_path!()).state(notes.clone())).await, notes)
}

async fn connect(server: &Server, path: &str) -> Client {
    within(client::connect(&format!("ws://{}{path}", server.addr))).await.expect("a successful handshake")
}

#[tokio::test]
async fn text_bytes_and_json_come_back() {
    let (server, _) = serve().await;
    let mut client = connect(&server, "/echo").await;
    for text in ["hello", "", "ünï", &"é".repeat(100_000)] {
        within(client.send(text)).await.unwrap();
        assert_eq!(within(client.text()).await.unwrap(), text);
    }
    for bytes in [vec![], vec![0, 255], vec![7; 1_000_000]] {
        within(client.send(bytes.clone())).await.unwrap();
        assert_eq!(within(client.binary()).await.unwrap(), bytes);
    }
    within(client.send_json(&Point { x: 1, y: 2 })).await.unwrap();
    assert_eq!(within(client.json::<Point>()).await.unwrap(), Point { x: 2, y: 1 });
    within(client.send("either")).await.unwrap();
    assert_eq!(within(client.recv()).await.unwrap(), Some(Message::from("either")));
}

#[tokio::test]
async fn the_server_sees_headers_and_selects_a_subprotocol() {
    let (server, _) = serve().await;
    let request = client::request(&format!("ws://{}/echo", server.addr))
        .header("x-token", "wrong")
        .header("x-token", "abc")
        .subprotocols(&["v1", "v2"]);
    let mut client = within(request.connect()).await.unwrap();
    assert_eq!(client.subprotocol(), Some("v2"));
    assert_eq!(client.headers()["sec-websocket-protocol"], "v2");
    within(client.send("token")).await.unwrap();
    // Host, the four headers of the handshake, the token and the subprotocols, and no other header.
    assert_eq!(within(client.text()).await.unwrap(), format!("{} abc 7", server.addr));
    assert_eq!(connect(&server, "/echo").await.subprotocol(), None);
}

#[tokio::test]
async fn another_kind_of_message_is_an_error_that_shows_it() {
    let (server, _) = serve().await;
    let mut client = connect(&server, "/echo").await;
    within(client.send("words")).await.unwrap();
    let error = within(client.binary()).await.unwrap_err();
    assert_eq!(error.to_string(), r#"waited for a binary message, but received Text("words")"#);
    within(client.send("no JSON")).await.unwrap();
    let error = within(client.json::<Point>()).await.unwrap_err();
    assert!(matches!(error, Error::Json(_)), "{error}");
    within(client.send("words")).await.unwrap();
    let error = within(client.recv_pong()).await.unwrap_err();
    assert_eq!(format!("{error:?}"), r#"waited for a pong, but received Text("words")"#);
    within(client.send("still connected")).await.unwrap();
    assert_eq!(within(client.text()).await.unwrap(), "still connected");
}

#[tokio::test]
async fn pings_go_both_ways() {
    let (server, notes) = serve().await;
    let mut client = connect(&server, "/controls").await;
    // The client answers the heartbeat even while no method is called.
    within(async {
        while notes.count("pong") < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    within(client.ping("are you there?")).await.unwrap();
    notes.seen("ping are you there?").await;
    // `recv` skips the heartbeat's pings, but not the pong.
    let Some(Message::Pong(payload)) = within(client.recv()).await.unwrap() else { panic!("a pong") };
    assert_eq!(&*payload, b"are you there?");
    // `text` skips both.
    within(client.ping("again")).await.unwrap();
    within(client.send("")).await.unwrap();
    assert_eq!(within(client.text()).await.unwrap(), "text");
    within(client.recv_ping()).await.unwrap();
    assert!(matches!(client.ping(vec![0; 126]).await, Err(Error::Ping(too_long)) if too_long.len == 126));
}

#[tokio::test]
async fn stop_reading_leaves_pings_unanswered() {
    let (server, notes) = serve().await;
    let mut client = connect(&server, "/controls").await;
    notes.seen("pong").await;
    client.stop_reading();
    within(client.ping("stopped")).await.unwrap();
    notes.seen("ping stopped").await;
    let pongs = notes.count("pong");
    // Wait for several heartbeats.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(notes.count("pong") <= pongs + 1, "{:?}", notes.all());
    client.resume_reading();
    within(async {
        while notes.count("pong") < pongs + 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
