//! Events of a handler.

use std::fmt;

use serde::{Deserialize, Serialize};
use ws_core::prelude::*;
use ws_core::{BadPayload, BoxError, Handler};
use ws_tests::Server;
use ws_tests::log::Log;
use ws_tests::raw::{BINARY, Raw};

use super::{ask, next};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say<'a> {
    text: &'a str,
}

#[derive(Serialize)]
struct Said {
    by: String,
    text: String,
}

#[derive(Deserialize)]
struct Rename {
    to: String,
}

#[derive(Serialize)]
struct NameTaken {
    code: &'static str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Push {
    Renamed { to: String },
}

#[derive(Debug, Serialize)]
struct Internal(&'static str);

/// An error that is not serializable, and not for the client.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the database is on fire")
    }
}

impl std::error::Error for Broken {}

type Outcome<T> = Result<T, Broken>;

/// Defines a chat. `$wait` is `async` or nothing, and `$pause` runs before an answer.
macro_rules! chat {
    ($name:ident, { $($pause:tt)* } $(, $wait:tt)?) => {
        #[derive(Default)]
        struct $name {
            name: String,
        }

        #[websocket]
        impl $name {
            #[message]
            $($wait)? fn say(&mut self, say: Say<'_>, _: &mut Context<Self>) -> Said {
                $($pause)*
                Said { by: self.name.clone(), text: say.text.to_owned() }
            }

            #[message("rename")]
            $($wait)? fn change(&mut self, to: Rename, cx: &mut Context<Self>) -> Result<Push, NameTaken> {
                $($pause)*
                if to.to == "ada" {
                    return Err(NameTaken { code: "taken" });
                }
                self.name = to.to.clone();
                cx.send("before the answer");
                Ok(Push::Renamed { to: to.to })
            }

            #[message]
            $($wait)? fn leave(&mut self) {
                $($pause)*
            }

            /// Borrows from the handler.
            #[message]
            $($wait)? fn name(&mut self) -> &str {
                $($pause)*
                &self.name
            }

            #[message]
            $($wait)? fn fail(&mut self, to: Option<Rename>) -> Outcome<()> {
                $($pause)*
                if to.is_some() { Err(Broken) } else { Ok(()) }
            }

            #[message]
            $($wait)? fn kick(&mut self) -> Result<u8, Close> {
                $($pause)*
                Err(Close::new(CloseCode::from_static(4000), "kicked"))
            }

            #[handle]
            $($wait)? fn other(&mut self, message: Message) -> String {
                format!("{} bytes", message.len())
            }
        }
    };
}

chat!(AtOnce, {});
chat!(
    Waiting,
    {
        tokio::task::yield_now().await;
    },
    async
);

async fn connect<H: Handler>() -> (Server, Raw) {
    let server = Server::start(App::new().mount::<H>("/", ())).await;
    let client = Raw::connect(server.addr, "/").await;
    (server, client)
}

/// Runs the same test with both kinds of handlers.
macro_rules! both {
    ($(async fn $name:ident($client:ident) $body:block)*) => { $(
        #[tokio::test]
        async fn $name() {
            async fn run<H: Handler>() {
                let (_server, mut $client) = connect::<H>().await;
                let $client = &mut $client;
                $body
            }
            run::<AtOnce>().await;
            run::<Waiting>().await;
        }
    )* };
}

both! {
    async fn an_event_reaches_the_callback_of_its_type_and_is_answered_with_its_type_and_id(client) {
        assert_eq!(ask(client, r#"{"type": "say", "text": "hi", "id": 7}"#).await, r#"{"type":"say","id":7,"by":"","text":"hi"}"#);
        assert_eq!(ask(client, r#"{"text": "hi", "type": "say"}"#).await, r#"{"type":"say","by":"","text":"hi"}"#);
        assert_eq!(ask(client, r#"{"type": "rename", "to": "bob", "id": "x"}"#).await, "before the answer");
        assert_eq!(next(client).await, r#"{"id":"x","type":"renamed","to":"bob"}"#);
        assert_eq!(ask(client, r#"{"type": "name", "id": 1.50}"#).await, r#"{"type":"name","id":1.50,"data":"bob"}"#);
    }

    async fn an_event_that_returns_nothing_answers_only_a_client_that_gave_an_id(client) {
        assert_eq!(ask(client, r#"{"type": "leave", "id": 7}"#).await, r#"{"type":"leave","id":7}"#);
        client.frame(ws_tests::raw::TEXT, br#"{"type": "leave"}"#).await;
        assert_eq!(ask(client, r#"{"type": "leave", "id": 8}"#).await, r#"{"type":"leave","id":8}"#);
    }

    async fn bytes_reach_the_callback_for_all_other_messages(client) {
        client.frame(BINARY, &[1, 2, 3]).await;
        assert_eq!(next(client).await, "3 bytes");
    }

    async fn what_is_no_event_gets_an_error_and_the_connection_goes_on(client) {
        let error = |answer: String| {
            let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
            assert_eq!(answer["type"], "error");
            let code = answer["error"]["code"].as_str().expect("a code").to_owned();
            assert!(answer["error"]["message"].is_string());
            (code, answer["id"].to_string())
        };
        assert_eq!(error(ask(client, "{").await), ("bad_envelope".to_owned(), "null".to_owned()));
        assert_eq!(error(ask(client, r#"{"id": 7}"#).await), ("bad_envelope".to_owned(), "7".to_owned()));
        assert_eq!(error(ask(client, r#"{"type": "sya", "id": "a"}"#).await), ("unknown_type".to_owned(), "\"a\"".to_owned()));
        assert_eq!(error(ask(client, r#"{"type": "say", "id": 8}"#).await), ("bad_payload".to_owned(), "8".to_owned()));
        assert_eq!(error(ask(client, r#"{"type": "say", "text": "hi", "x": 1}"#).await), ("bad_payload".to_owned(), "null".to_owned()));
        assert_eq!(ask(client, r#"{"type": "leave", "id": 9}"#).await, r#"{"type":"leave","id":9}"#);
    }

    async fn an_error_that_serializes_is_the_answer(client) {
        assert_eq!(ask(client, r#"{"type": "rename", "to": "ada", "id": 7}"#).await, r#"{"type":"error","id":7,"error":{"code":"taken"}}"#);
        assert_eq!(ask(client, r#"{"type": "rename", "to": "ada"}"#).await, r#"{"type":"error","error":{"code":"taken"}}"#);
    }

    async fn c13_any_other_error_closes_with_1011_and_a_close_with_its_code(client) {
        assert_eq!(ask(client, r#"{"type": "fail", "to": "x", "id": 7}"#).await, "closed: 1011");
    }

    async fn a_close_as_the_error_closes_with_its_code(client) {
        assert_eq!(ask(client, r#"{"type": "kick", "id": 7}"#).await, "closed: 4000");
    }
}

#[tokio::test]
async fn a_client_does_not_fill_the_log_with_bad_events() {
    let (log, _capture) = Log::capture();
    let (_server, mut client) = connect::<AtOnce>().await;
    for text in ["{", r#"{"type": "flood"}"#, r#"{"type": "say", "flood": 1}"#] {
        assert!(ask(&mut client, text).await.contains("error"));
    }
    let lines = log.lines_with(&["flood"]);
    assert!(lines.is_empty(), "{lines:?}");
}

/// With `#[error]` callbacks, another envelope, and as a module.
mod module {
    use super::*;

    #[derive(Default)]
    pub(super) struct Graph;

    #[derive(Deserialize)]
    pub(super) struct Query {
        pub(super) query: String,
    }

    #[websocket("/events-of-a-module", envelope(tag = "op", payload = "payload", id = "ref"))]
    pub(super) mod graph {
        use super::*;

        #[message]
        async fn subscribe(_: &mut Graph, query: Query) -> Result<String, BoxError> {
            if query.query.is_empty() { Err("no query".into()) } else { Ok(query.query) }
        }

        #[message("connection_init")]
        fn init(_: &mut Graph, cx: &mut Context<Graph>) -> serde_json::Value {
            serde_json::json!({"op": "connection_ack", "path": cx.path()})
        }

        #[message]
        #[cfg(any())]
        fn never(_: &mut Graph) {}

        #[error]
        fn bad(_: &mut Graph, bad: BadPayload) -> String {
            format!("bad: {bad}")
        }

        #[error]
        fn failed(_: &mut Graph, error: BoxError) -> String {
            format!("failed: {error}")
        }
    }
}

#[tokio::test]
async fn a_route_names_the_fields_of_its_envelope() {
    let (_server, mut client) = connect::<module::Graph>().await;
    let client = &mut client;
    assert_eq!(
        ask(client, r#"{"op": "subscribe", "ref": "1", "payload": {"query": "{ a }"}}"#).await,
        r#"{"op":"subscribe","ref":"1","payload":"{ a }"}"#
    );
    assert_eq!(ask(client, r#"{"op": "connection_init"}"#).await, r#"{"op":"connection_ack","path":"/"}"#);
}

#[tokio::test]
async fn error_callbacks_receive_what_reaches_no_callback_and_errors_that_do_not_serialize() {
    let (_server, mut client) = connect::<module::Graph>().await;
    let client = &mut client;
    for (text, error) in [
        (
            r#"{"op": "subscribe", "ref": "1", "payload": {}}"#,
            r#"{"op":"error","ref":"1","payload":"bad: invalid `subscribe`: missing field `query`"#,
        ),
        // `#[cfg]` has removed its callback.
        (r#"{"op": "never", "ref": "2"}"#, r#"{"op":"error","ref":"2","payload":"bad: unknown type `never`"#),
        (r#"{"ref": "3"}"#, r#"{"op":"error","ref":"3","payload":"bad: the field `op` is missing"#),
        ("{", "bad: not an event: EOF while parsing"),
    ] {
        let bad = ask(client, text).await;
        assert!(bad.starts_with(error), "{bad}");
    }
    assert_eq!(ask(client, r#"{"op": "subscribe", "payload": {"query": ""}}"#).await, "failed: no query");
}

/// A value that does not serialize is an error of the callback.
#[derive(Default)]
struct Unserializable;

#[websocket]
impl Unserializable {
    #[message]
    fn map(&mut self) -> std::collections::BTreeMap<(u8, u8), u8> {
        [((1, 2), 3)].into()
    }

    #[message]
    fn internal(&mut self) -> Result<(), Internal> {
        Err(Internal("shown, because it serializes"))
    }

    #[error]
    fn failed(&mut self, error: serde_json::Error) -> String {
        error.to_string()
    }
}

#[tokio::test]
async fn an_answer_that_does_not_serialize_is_an_error_of_the_callback() {
    let (_server, mut client) = connect::<Unserializable>().await;
    let answer = r#"{"type":"error","id":1,"error":"key must be a string"}"#;
    assert_eq!(ask(&mut client, r#"{"type": "map", "id": 1}"#).await, answer);
    let shown = r#"{"type":"error","error":"shown, because it serializes"}"#;
    assert_eq!(ask(&mut client, r#"{"type": "internal"}"#).await, shown);
}

/// A generic handler, with an envelope by hand.
struct Generic<T>(std::marker::PhantomData<T>);

impl<T> Default for Generic<T> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<T> ws_core::WithEnvelope for Generic<T> {
    const ENVELOPE: ws_core::Envelope = ws_core::Envelope::new().tag("op");
}

#[websocket]
impl<T: serde::de::DeserializeOwned + Serialize + Send + 'static> Generic<T> {
    #[message]
    async fn echo(&mut self, value: T) -> T {
        value
    }

    #[message]
    async fn checked(&mut self, value: T) -> Result<T, String> {
        Ok(value)
    }
}

#[tokio::test]
async fn a_generic_handler_has_events_and_an_envelope_by_hand() {
    let (_server, mut client) = connect::<Generic<std::collections::BTreeMap<String, u8>>>().await;
    assert_eq!(ask(&mut client, r#"{"op": "echo", "a": 1, "id": 2}"#).await, r#"{"op":"echo","id":2,"a":1}"#);
    assert_eq!(ask(&mut client, r#"{"op": "checked", "a": 1}"#).await, r#"{"op":"checked","a":1}"#);
    let (_server, mut client) = connect::<Generic<String>>().await;
    let echoed = ask(&mut client, r#"{"op": "echo", "data": "no object"}"#).await;
    assert_eq!(echoed, r#"{"op":"echo","data":"no object"}"#);
}
