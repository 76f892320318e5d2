//! The id of an event that fails is in every answer: from `#[error]`, from an `ErrorReply`, and from ws-core itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ws_core::prelude::*;
use ws_core::{BadPayload, BoxError, ErrorReply, Event, EventId};
use ws_tests::Server;
use ws_tests::raw::{Raw, TEXT};

use super::ask;

/// An error that is not for the client.
#[derive(Debug)]
struct SoldOut;

impl fmt::Display for SoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sold out")
    }
}

impl std::error::Error for SoldOut {}

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

#[derive(Deserialize)]
struct Order {
    item: u32,
}

#[derive(Serialize)]
struct Problem {
    problem: String,
}

#[derive(Serialize)]
struct ProblemOf {
    id: Option<EventId>,
    problem: String,
}

fn order(item: u32) -> Result<u32, BoxError> {
    match item {
        0 => Err(SoldOut.into()),
        1 => Err(Broken.into()),
        2 => Err(Box::new(ErrorReply::from(Reply::new().with("one").with(r#"{"two": 2}"#)))),
        3 => Err(BadPayload::new("three").into()),
        4 => Err(Close::new(CloseCode::from_static(4004), "four").into()),
        item => Ok(item),
    }
}

#[derive(Default)]
struct Shop;

#[websocket]
impl Shop {
    #[message]
    fn order(&mut self, order: Order, cx: &mut Context<Self>) -> Result<u32, BoxError> {
        cx.send("on its way");
        self::order(order.item)
    }

    #[error]
    fn sold_out(&mut self, error: SoldOut) -> Json<Problem> {
        Json(Problem { problem: error.to_string() })
    }

    #[error]
    fn bad(&mut self, Event { id, payload }: Event<BadPayload>) -> Json<ProblemOf> {
        Json(ProblemOf { id, problem: payload.to_string() })
    }

    #[error]
    async fn other(&mut self, error: BoxError) -> (String, String) {
        tokio::task::yield_now().await;
        (error.to_string(), "and more".to_owned())
    }
}

/// The same without futures.
#[derive(Default)]
struct AtOnce;

#[websocket]
impl AtOnce {
    #[message]
    fn order(&mut self, order: Order) -> Result<u32, BoxError> {
        self::order(order.item)
    }

    #[error]
    fn other(&mut self, error: BoxError) -> String {
        error.to_string()
    }
}

/// The errors of a service's events.
#[derive(Default)]
struct Market;

#[service]
impl Market {
    #[message]
    async fn order(&mut self, order: Order) -> Result<u32, BoxError> {
        self::order(order.item)
    }

    #[error]
    fn sold_out(&mut self, member: &Member<Self>, error: Event<SoldOut>) -> Result<(), serde_json::Error> {
        member.send_json(&ProblemOf { id: error.id, problem: error.payload.to_string() })?;
        Ok(())
    }

    #[error]
    fn bad(&mut self, member: &Member<Self>, Event { id, payload }: Event<BadPayload>) {
        let _ = member.send_json(&ProblemOf { id, problem: payload.to_string() });
    }
}

/// A service without `#[error]`.
#[derive(Default)]
struct Plain;

#[service]
impl Plain {
    #[message]
    fn order(&mut self, order: Order) -> Result<u32, BoxError> {
        self::order(order.item)
    }
}

async fn server() -> Server {
    let app = App::new()
        .mount::<Shop>("/shop", ())
        .mount::<AtOnce>("/at-once", ())
        .mount::<Both>("/both", ())
        .mount_service::<Market>("/market")
        .mount_service::<Plain>("/plain");
    Server::start(app).await
}

async fn json(client: &mut Raw, text: &str) -> Value {
    let answer = ask(client, text).await;
    serde_json::from_str(&answer).unwrap_or(Value::String(answer))
}

async fn next(client: &mut Raw) -> Value {
    let frame = client.read().await.expect("a frame");
    assert_eq!(frame.opcode, TEXT);
    serde_json::from_str(frame.text()).unwrap_or_else(|_| Value::String(frame.text().to_owned()))
}

#[tokio::test]
async fn the_reply_of_an_error_callback_has_the_id_of_the_event() {
    let server = server().await;
    let mut client = Raw::connect(server.addr, "/shop").await;
    let mut order = async |item: u32| {
        let first =
            ask(&mut client, &format!(r#"{{"type": "order", "id": "a{item}", "item": {item}}}"#)).await;
        assert_eq!(first, "on its way", "what the callback sent before has no id");
        next(&mut client).await
    };
    assert_eq!(order(0).await, serde_json::json!({"id": "a0", "problem": "sold out"}));
    assert_eq!(order(2).await, serde_json::json!({"type": "error", "id": "a2", "error": "one"}));
    assert_eq!(next(&mut client).await, serde_json::json!({"id": "a2", "two": 2}));
    let mut order = async |item: u32| {
        ask(&mut client, &format!(r#"{{"type": "order", "id": "a{item}", "item": {item}}}"#)).await;
        next(&mut client).await
    };
    assert_eq!(order(1).await, serde_json::json!({"type": "error", "id": "a1", "error": "broken"}));
    assert_eq!(
        next(&mut client).await,
        serde_json::json!({"type": "error", "id": "a1", "error": "and more"})
    );
    let mut order = async |item: u32| {
        ask(&mut client, &format!(r#"{{"type": "order", "id": "a{item}", "item": {item}}}"#)).await;
        next(&mut client).await
    };
    assert_eq!(order(3).await, serde_json::json!({"id": "a3", "problem": "three"}));
    assert_eq!(order(9).await, serde_json::json!({"type": "order", "id": "a9", "data": 9}));
    let bad = json(&mut client, r#"{"type": "order", "id": 7, "item": "x"}"#).await;
    assert_eq!(bad["id"], 7, "{bad}");
    assert!(bad["problem"].as_str().unwrap().starts_with("invalid `order`"), "{bad}");
    let unknown = json(&mut client, r#"{"type": "x", "id": 8}"#).await;
    assert_eq!(unknown, serde_json::json!({"id": 8, "problem": "unknown type `x`"}));
    let nameless = json(&mut client, r#"{"id": 9}"#).await;
    assert_eq!(nameless, serde_json::json!({"id": 9, "problem": "the field `type` is missing"}));
    assert_eq!(ask(&mut client, r#"{"type": "order", "id": 7, "item": 4}"#).await, "on its way");
    assert_eq!(client.read().await.expect("a close").close(), (4004, "four"));
}

#[tokio::test]
async fn without_an_id_the_reply_is_as_the_callback_returned_it() {
    let server = server().await;
    for path in ["/shop", "/at-once"] {
        let mut client = Raw::connect(server.addr, path).await;
        let mut answer = ask(&mut client, r#"{"type": "order", "item": 1}"#).await;
        if path == "/shop" {
            answer = client.read().await.expect("a frame").text().to_owned();
        }
        assert_eq!(answer, "broken");
    }
}

#[tokio::test]
async fn a_handler_whose_callbacks_are_never_pending_answers_with_the_id_too() {
    let server = server().await;
    let mut client = Raw::connect(server.addr, "/at-once").await;
    for (item, answer) in [
        (0, r#"{"type":"error","id":5,"error":"sold out"}"#),
        (9, r#"{"type":"order","id":5,"data":9}"#),
        (1, r#"{"type":"error","id":5,"error":"broken"}"#),
        (3, r#"{"type":"error","id":5,"error":"three"}"#),
    ] {
        assert_eq!(
            ask(&mut client, &format!(r#"{{"type": "order", "id": 5, "item": {item}}}"#)).await,
            answer
        );
    }
}

#[tokio::test]
async fn a_service_answers_with_the_id() {
    let server = server().await;
    let mut client = Raw::connect(server.addr, "/market").await;
    let mut order = async |item: &str| {
        json(&mut client, &format!(r#"{{"type": "order", "id": 5, "item": {item}}}"#)).await
    };
    assert_eq!(order("0").await, serde_json::json!({"id": 5, "problem": "sold out"}));
    assert_eq!(order("3").await, serde_json::json!({"id": 5, "problem": "three"}));
    let bad = order("\"x\"").await;
    assert!(bad["id"] == 5 && bad["problem"].as_str().unwrap().starts_with("invalid `order`"), "{bad}");
    assert_eq!(order("2").await, serde_json::json!({"type": "error", "id": 5, "error": "one"}));
    assert_eq!(next(&mut client).await, serde_json::json!({"id": 5, "two": 2}));
    // No `#[error]` receives this one.
    assert_eq!(ask(&mut client, r#"{"type": "order", "id": 5, "item": 1}"#).await, "closed: 1011");
    for (item, close) in [(1, "closed: 1011"), (3, "closed: 1007"), (4, "closed: 4004")] {
        let mut client = Raw::connect(server.addr, "/plain").await;
        assert_eq!(
            ask(&mut client, r#"{"type": "order", "id": 5, "item": 2}"#).await,
            r#"{"type":"error","id":5,"error":"one"}"#
        );
        assert_eq!(next(&mut client).await, serde_json::json!({"id": 5, "two": 2}));
        assert_eq!(
            ask(&mut client, &format!(r#"{{"type": "order", "id": 5, "item": {item}}}"#)).await,
            close
        );
    }
}

/// Takes the errors of events, and those of other messages.
#[derive(Default)]
struct Both;

#[websocket]
impl Both {
    #[message]
    fn order(&mut self, order: Order) -> Result<u32, BoxError> {
        self::order(order.item)
    }

    #[binary]
    fn bytes(&mut self, _: &[u8]) -> Result<(), SoldOut> {
        Err(SoldOut)
    }

    #[error]
    fn sold_out(&mut self, _: SoldOut) -> &'static str {
        "no event"
    }

    #[error]
    fn event(&mut self, Event { id, .. }: Event<SoldOut>) -> String {
        format!("\"event {}\"", id.unwrap())
    }

    #[error]
    fn other(&mut self, Event { id, payload }: Event<BoxError>) -> String {
        format!("{payload} {}", id.is_some())
    }
}

#[tokio::test]
async fn of_two_callbacks_the_one_with_the_id_receives_errors_of_events() {
    let server = server().await;
    let mut client = Raw::connect(server.addr, "/both").await;
    for (text, answer) in [
        (r#"{"type": "order", "item": 0}"#, "no event"),
        (r#"{"type": "order", "item": 0, "id": 1}"#, r#"{"type":"error","id":1,"error":"event 1"}"#),
        (r#"{"type": "order", "item": 1, "id": 1}"#, r#"{"type":"error","id":1,"error":"broken true"}"#),
        (r#"{"type": "order", "item": 1}"#, "broken false"),
    ] {
        assert_eq!(ask(&mut client, text).await, answer, "{text}");
    }
    client.frame(2, b"x").await;
    assert_eq!(client.read().await.expect("a frame").text(), "no event");
}

/// Ends once somebody wins.
#[derive(Default)]
struct Game {
    rounds: u32,
}

#[service]
impl Game {
    #[message]
    fn win(&mut self) -> Control {
        Control::stop("somebody won")
    }

    #[message]
    fn play(&mut self) -> Result<Control, String> {
        self.rounds += 1;
        match self.rounds {
            1 => Ok(Control::Continue),
            2 => Ok(Control::stop("after two rounds")),
            _ => Err("over".to_owned()),
        }
    }

    #[message]
    async fn fail(&mut self, at: u8) -> Result<Control, SoldOut> {
        if at == 0 { Err(SoldOut) } else { Ok(Control::Continue) }
    }

    #[message]
    fn refuse(&mut self) -> Result<Control, String> {
        Err("no".to_owned())
    }
}

#[tokio::test]
async fn an_event_of_a_service_may_return_a_control() {
    for (last, stops) in [("win", true), ("play", true), ("refuse", false)] {
        let server = Server::start(App::new().mount_service::<Game>("/")).await;
        let mut client = Raw::connect(server.addr, "/").await;
        let played = ask(&mut client, r#"{"type": "play", "id": 1}"#).await;
        assert_eq!(played, r#"{"type":"play","id":1}"#);
        assert_eq!(
            ask(&mut client, r#"{"type": "fail", "id": 2, "data": 1}"#).await,
            r#"{"type":"fail","id":2}"#
        );
        let answer = ask(&mut client, &format!(r#"{{"type": "{last}", "id": 3}}"#)).await;
        if stops {
            assert_eq!(answer, format!(r#"{{"type":"{last}","id":3}}"#));
            assert_eq!(client.read().await.expect("a close").close(), (1001, "the service has stopped"));
        } else {
            assert_eq!(answer, r#"{"type":"error","id":3,"error":"no"}"#);
            assert_eq!(ask(&mut client, r#"{"type": "fail", "data": 0}"#).await, "closed: 1011");
        }
    }
}
