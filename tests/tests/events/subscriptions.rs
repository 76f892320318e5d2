//! A protocol in which the server answers later and more than once, with the id of the event: graphql-transport-ws.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ws_core::prelude::*;
use ws_core::{Event, EventId, NoAnswer};
use ws_tests::Server;
use ws_tests::raw::{Raw, TEXT};

use super::{ask, next};

#[derive(Deserialize)]
struct Subscribe {
    query: String,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sent {
    ConnectionAck,
    Pong,
    Next { id: EventId, payload: u8 },
    Complete { id: EventId },
}

#[derive(Serialize)]
struct GraphQlError {
    message: &'static str,
}

#[websocket("/graphql-events", subprotocols = ["graphql-transport-ws"], envelope(payload = "payload"))]
#[derive(Default)]
struct Graph {
    running: Vec<EventId>,
}

#[websocket]
impl Graph {
    #[message]
    fn connection_init(&mut self, _: Option<Value>) -> Sent {
        Sent::ConnectionAck
    }

    #[message]
    fn ping(&mut self) -> Sent {
        Sent::Pong
    }

    #[message]
    fn subscribe(
        &mut self,
        Event { id, payload }: Event<Subscribe>,
        cx: &mut Context<Self>,
    ) -> Result<NoAnswer, [GraphQlError; 1]> {
        let Some(id) = id.filter(|_| payload.query == "{ numbers }") else {
            return Err([GraphQlError { message: "unknown query" }]);
        };
        self.running.push(id.clone());
        for payload in [1, 2] {
            cx.send_json(&Sent::Next { id: id.clone(), payload }).expect("JSON");
        }
        Ok(NoAnswer)
    }

    #[message]
    fn complete(&mut self, Event { id, .. }: Event<()>, cx: &mut Context<Self>) -> NoAnswer {
        if let Some(id) = id.filter(|id| self.running.contains(id)) {
            cx.send_json(&Sent::Complete { id }).expect("JSON");
        }
        NoAnswer
    }
}

#[tokio::test]
async fn a_callback_may_send_with_the_id_and_answer_nothing() {
    let server = Server::start(App::new().mount::<Graph>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    let client = &mut client;
    assert_eq!(ask(client, r#"{"type": "connection_init"}"#).await, r#"{"type":"connection_ack"}"#);
    assert_eq!(
        ask(client, r#"{"type": "connection_init", "payload": {}}"#).await,
        r#"{"type":"connection_ack"}"#
    );
    let subscribe = r#"{"id": "a\u0062", "type": "subscribe", "payload": {"query": "{ numbers }"}}"#;
    assert_eq!(ask(client, subscribe).await, r#"{"type":"next","id":"a\u0062","payload":1}"#);
    assert_eq!(next(client).await, r#"{"type":"next","id":"a\u0062","payload":2}"#);
    // The id is compared as it was written.
    client.frame(TEXT, br#"{"id": "ab", "type": "complete"}"#).await;
    assert_eq!(ask(client, r#"{"type": "ping"}"#).await, r#"{"type":"pong"}"#);
    let complete = r#"{"id": "a\u0062", "type": "complete"}"#;
    assert_eq!(ask(client, complete).await, r#"{"type":"complete","id":"a\u0062"}"#);
    assert_eq!(
        ask(client, r#"{"id": "2", "type": "subscribe", "payload": {"query": "{ words }"}}"#).await,
        r#"{"type":"error","id":"2","payload":[{"message":"unknown query"}]}"#
    );
}
