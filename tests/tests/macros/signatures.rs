//! Arguments and replies: aliases, full paths, any order, omitted arguments and generic types.

use std::error::Error;
use std::fmt::Display;

use serde::{Deserialize, Serialize};
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_tests::{Server, closed, next, text};

use super::{answer, send, serve};

type Cx = Context<Aliased>;
type Words<'a> = &'a str;
type Raw = Vec<u8>;
type Answer = Option<String>;
type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Every type goes by an alias.
#[websocket("/aliased")]
#[derive(Default)]
struct Aliased {
    received: usize,
}

#[websocket]
impl Aliased {
    #[open]
    fn open(&mut self, connection: &mut Cx) -> Fallible<Answer> {
        Ok(Some(connection.path().to_owned()))
    }

    #[text]
    fn words(&mut self, words: Words<'_>, connection: &mut Cx) -> Answer {
        self.received += words.len();
        connection.send("so far");
        Some(self.received.to_string())
    }

    #[binary]
    async fn raw(&mut self, raw: Raw) -> Fallible<Raw> {
        if raw.is_empty() { Err("nothing".into()) } else { Ok(raw) }
    }
}

#[tokio::test]
async fn types_may_be_aliases() {
    let server = serve(module_path!()).await;
    let mut client = server.connect("/aliased").await;
    assert_eq!(text(&mut client).await, "/aliased");
    assert_eq!(answer(&mut client, "four").await, "so far");
    assert_eq!(text(&mut client).await, "4");
    send(&mut client, Sent::binary(vec![7, 8])).await;
    assert_eq!(**next(&mut client).await.as_payload(), [7, 8]);
    send(&mut client, Sent::binary(vec![])).await;
    assert_eq!(closed(&mut client).await, (1011, String::new()));
}

/// Every type goes by its full path.
#[ws_core::websocket("/full/{path}")]
#[derive(::core::default::Default)]
struct FullPaths;

#[::ws_core::websocket]
impl self::FullPaths {
    #[open]
    fn open(&mut self, cx: &mut ::ws_core::Context<Self>) -> ::core::option::Option<::std::string::String> {
        cx.params().get("path").map(::std::borrow::ToOwned::to_owned)
    }

    #[text]
    async fn received(&mut self, text: ::ws_core::Text) -> ::ws_core::Reply {
        ::ws_core::Reply::new().with(text.clone()).with(text)
    }

    #[binary]
    fn bytes(
        &mut self,
        bytes: ::bytes::Bytes,
        cx: &mut ws_core::Context<self::FullPaths>,
    ) -> ::ws_core::Message {
        ::core::assert!(cx.subprotocol().is_none());
        ::ws_core::Message::Binary(bytes)
    }

    #[terminate]
    fn gone(&mut self, reason: &::ws_core::Terminate) {
        ::core::assert!(::core::matches!(reason, ::ws_core::Terminate::Remote(_)), "{reason}");
    }
}

#[tokio::test]
async fn types_may_be_full_paths() {
    let server = serve(module_path!()).await;
    let mut client = server.connect("/full/house").await;
    assert_eq!(text(&mut client).await, "house");
    assert_eq!(answer(&mut client, "twice").await, "twice");
    assert_eq!(text(&mut client).await, "twice");
    send(&mut client, Sent::binary(&b"\0"[..])).await;
    assert_eq!(**next(&mut client).await.as_payload(), *b"\0");
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    to: String,
    inside: T,
}

#[derive(Serialize, Deserialize)]
struct Note {
    words: Vec<String>,
}

/// Payloads and replies with generic arguments.
#[websocket("/generic")]
#[derive(Default)]
struct Generic;

#[websocket]
impl Generic {
    #[text]
    async fn note(
        &mut self,
        Json(envelope): Json<Envelope<Note>>,
    ) -> Result<Option<Vec<String>>, Box<dyn Error + Send + Sync>> {
        match envelope.to.as_str() {
            "nobody" => Ok(None),
            "all" => Ok(Some(envelope.inside.words)),
            to => Err(format!("who is {to}?").into()),
        }
    }

    #[binary]
    async fn wrap(
        &mut self,
        bytes: &[u8],
        cx: &mut Context<Generic>,
    ) -> Option<Result<Json<Envelope<[usize; 2]>>, Close>> {
        let inside = [bytes.len(), usize::from(cx.version())];
        match bytes {
            [] => None,
            [0] => Some(Err(Close::new(CloseCode::from_static(4000), "zero"))),
            _ => Some(Ok(Json(Envelope { to: "you".into(), inside }))),
        }
    }
}

#[tokio::test]
async fn types_may_be_generic() {
    let server = serve(module_path!()).await;
    let mut client = server.connect("/generic").await;
    let note = |to: &str| format!(r#"{{"to": "{to}", "inside": {{"words": ["a", "b"]}}}}"#);
    send(&mut client, Sent::text(note("nobody"))).await;
    assert_eq!(answer(&mut client, &note("all")).await, "a");
    assert_eq!(text(&mut client).await, "b");
    send(&mut client, Sent::binary(vec![])).await;
    send(&mut client, Sent::binary(vec![1, 2, 3])).await;
    assert_eq!(text(&mut client).await, r#"{"to":"you","inside":[3,13]}"#);
    send(&mut client, Sent::binary(vec![0])).await;
    assert_eq!(closed(&mut client).await, (4000, "zero".to_owned()));

    let mut failing = server.connect("/generic").await;
    send(&mut failing, Sent::text(note("Bob"))).await;
    assert_eq!(closed(&mut failing).await, (1011, String::new()));

    let mut wrong = server.connect("/generic").await;
    send(&mut wrong, Sent::text(r#"{"to": "all", "inside": 1}"#)).await;
    let (code, reason) = closed(&mut wrong).await;
    assert!(
        code == 1007 && reason.contains("invalid JSON") && reason.contains("line 1 column 25"),
        "{reason}"
    );
}

/// The context before the payload, the context alone, and neither.
#[websocket("/order")]
#[derive(Default)]
struct Order {
    pings: usize,
}

#[websocket]
impl Order {
    #[text]
    fn received(&mut self, cx: &mut Context<Self>, text: String) -> String {
        format!("{} {text} {}", cx.path(), self.pings)
    }

    #[binary]
    fn bytes(&mut self, cx: &mut Context<Self>) -> &'static str {
        cx.send("binary");
        "alone"
    }

    #[ping]
    fn ping(&mut self) {
        self.pings += 1;
    }
}

/// Receives by reference every kind of frame that has no callback of its own.
#[websocket("/rest")]
#[derive(Default)]
struct Rest;

#[websocket]
impl Rest {
    #[binary]
    fn bytes(&mut self) -> [&'static str; 2] {
        ["a binary", "message"]
    }

    #[handle]
    fn rest(&mut self, message: Incoming<'_>) -> String {
        match message {
            Incoming::Text(text) => format!("text {text}"),
            Incoming::Ping(payload) => format!("ping {}", payload.len()),
            Incoming::Pong(payload) => format!("pong {}", payload.len()),
            other => format!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn arguments_come_in_any_order_and_may_be_left_out() {
    let server = serve(module_path!()).await;
    let mut client = server.connect("/order").await;
    send(&mut client, Sent::ping(&b"1"[..])).await;
    assert!(next(&mut client).await.is_pong());
    assert_eq!(answer(&mut client, "hi").await, "/order hi 1");
    send(&mut client, Sent::binary(&b"ignored"[..])).await;
    assert_eq!(text(&mut client).await, "binary");
    assert_eq!(text(&mut client).await, "alone");
}

#[tokio::test]
async fn handle_takes_messages_without_a_callback_of_their_own() {
    let server = serve(module_path!()).await;
    let mut client = server.connect("/rest").await;
    assert_eq!(answer(&mut client, "hi").await, "text hi");
    send(&mut client, Sent::binary(&b"x"[..])).await;
    assert_eq!(text(&mut client).await, "a binary");
    assert_eq!(text(&mut client).await, "message");
    send(&mut client, Sent::ping(&b"123"[..])).await;
    assert_eq!(text(&mut client).await, "ping 3");
    send(&mut client, Sent::pong(&b"12"[..])).await;
    assert_eq!(text(&mut client).await, "pong 2");
}

/// Generic, with async callbacks only.
struct Relay<T> {
    prefix: T,
}

#[websocket]
impl<T> Relay<T>
where
    T: Clone + Display + Send + Sync + 'static,
{
    #[init]
    async fn new(State(prefix): State<T>) -> Self {
        Self { prefix }
    }

    #[text]
    async fn received(&mut self, text: &str, cx: &mut Context<Self>) -> String {
        cx.socket().info(vec![self.prefix.clone()]);
        format!("{} {text}", self.prefix)
    }

    #[binary]
    async fn sent(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Close> {
        Ok(bytes.to_vec())
    }

    #[info]
    async fn notified(&mut self, items: Vec<T>) -> String {
        format!("notified {}", items.len())
    }

    #[info]
    async fn asked(&mut self, _: Option<T>) {}
}

#[tokio::test]
async fn a_generic_handler_may_wait_in_each_callback() {
    let app = App::new().state("relay".to_owned()).mount::<Relay<String>>("/relay", ());
    let server = Server::start(app).await;
    let mut client = server.connect("/relay").await;
    assert_eq!(answer(&mut client, "words").await, "relay words");
    assert_eq!(text(&mut client).await, "notified 1");
    send(&mut client, Sent::binary(vec![7])).await;
    assert_eq!(**next(&mut client).await.as_payload(), [7]);
}
