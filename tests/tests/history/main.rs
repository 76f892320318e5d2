//! Topics with history: what a client receives that comes back.

mod bounds;
mod cuts;
mod places;
mod queues;
mod races;
mod recovery;
mod stamps;

use axum::extract::{Path, Query};
use serde::Deserialize;
use serde_json::Value;
use ws_core::prelude::*;
use ws_core::{History, Position, Recovery, TopicError};
use ws_tests::Server;
use ws_tests::raw::{BINARY, Raw, TEXT};

/// Subscribes to the topic of the path, from the position in the query. `topic` or `topic position` subscribes to another
/// topic, and `-topic` unsubscribes.
struct Reader(Recovery);

#[derive(Deserialize)]
struct From {
    from: Option<Position>,
}

#[websocket]
impl Reader {
    #[init]
    fn new(
        Path(topic): Path<String>,
        Query(From { from }): Query<From>,
        upgrade: &mut Upgrade<Self>,
    ) -> Result<Self, String> {
        upgrade.subscribe_from(&topic, from).map(Self).map_err(|error| error.to_string())
    }

    #[open]
    fn open(&mut self) -> Json<Recovery> {
        Json(self.0)
    }

    #[text]
    fn asked(&mut self, text: &str, cx: &mut Context<Self>) -> Result<Json<Value>, TopicError> {
        if let Some(topic) = text.strip_prefix('-') {
            return Ok(Json(cx.unsubscribe(topic).into()));
        }
        let (topic, position) = text.split_once(' ').unwrap_or((text, ""));
        let recovery = cx.subscribe_from(topic, position.parse().ok())?;
        Ok(Json(serde_json::to_value(recovery).expect("JSON")))
    }
}

/// All topics keep a history. Without pings: on a busy machine a test may take longer than the heartbeat.
fn app(history: History) -> App {
    App::new().mount::<Reader>("/{topic}", ()).history("*", history.stamp_json()).heartbeat(None)
}

/// A client that keeps its position.
struct Client {
    raw: Raw,
    position: Position,
}

impl Client {
    /// Connects, and returns the client with the server's answer.
    async fn connect(server: &Server, topic: &str, from: impl Into<Option<Position>>) -> (Self, Value) {
        let path = match from.into() {
            Some(position) => format!("/{topic}?from={position}"),
            None => format!("/{topic}"),
        };
        let mut raw = Raw::connect(server.addr, &path).await;
        let answer = json(&mut raw).await;
        (Self { raw, position: position_of(&answer) }, answer)
    }

    /// Reads the next message. From now on the position is after it.
    async fn next(&mut self) -> String {
        let message = json(&mut self.raw).await;
        let position = position_of(&message);
        assert_eq!(position.epoch(), self.position.epoch(), "{message}");
        self.position = position;
        message["data"].as_str().unwrap_or_else(|| panic!("{message}")).to_owned()
    }

    async fn ask(&mut self, text: &str) -> Value {
        self.raw.frame(TEXT, text.as_bytes()).await;
        json(&mut self.raw).await
    }

    /// Reads so many messages, which are these numbers.
    async fn expect(&mut self, numbers: std::ops::Range<u64>) {
        for number in numbers {
            assert_eq!(self.next().await, number.to_string());
            assert_eq!(self.position.offset(), number);
        }
    }

    /// Checks that nothing is sent before this message.
    async fn expect_next(&mut self, server: &Server, topic: &str, message: &str) {
        server.app.hub().publish(topic, message);
        assert_eq!(self.next().await, message);
    }
}

async fn json(raw: &mut Raw) -> Value {
    let frame = raw.read().await.expect("a message");
    assert!(matches!(frame.opcode, TEXT | BINARY), "{frame:?}");
    serde_json::from_str(frame.text()).unwrap_or_else(|error| panic!("{error}: {frame:?}"))
}

fn position_of(message: &Value) -> Position {
    let position = message["position"].as_str().unwrap_or_else(|| panic!("a position in {message}"));
    position.parse().expect("a position")
}

/// Publishes each number as a message, so that message 1 is `1`.
fn publish(server: &Server, topic: &str, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let counts = server.app.hub().publish(topic, number.to_string());
        assert_eq!(counts.position.map(|position| position.offset()), Some(number));
    }
}

fn at(position: Position, offset: u64) -> Position {
    format!("{:x}-{offset}", position.epoch()).parse().expect("a position")
}

fn recovered(missed: usize, position: Position) -> Value {
    serde_json::json!({ "recovered": true, "missed": missed, "position": position })
}

fn not_recovered(reason: &str, position: Position) -> Value {
    serde_json::json!({ "recovered": false, "reason": reason, "position": position })
}
