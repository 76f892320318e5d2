//! The reason that `#[close]` receives for each way in which a callback fails for a member.

use serde::Deserialize;
use ws_core::prelude::*;
use ws_core::{BadPayload, ErrorReply};
use ws_tests::notes::Notes;
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, until};

#[derive(Debug, Deserialize)]
struct Order {
    item: u32,
}

fn fail(order: &Order) -> Result<Control, Box<dyn std::error::Error + Send + Sync>> {
    match order.item {
        0 => Err("no such item".into()),
        1 => Err(BadPayload::new("not an item").into()),
        2 => Err(Close::new(CloseCode::from_static(4002), "sold out").into()),
        3 => Err(Box::new(ErrorReply::from(Reply::new().with("bye").close_as("closed for today")))),
        4 => panic!("as the client asks for"),
        _ => Ok(Control::Continue),
    }
}

fn ended(notes: &Notes, reason: &Terminate) {
    let callback = if let Terminate::Failed(failed) = reason { failed.callback() } else { "" };
    notes.add(format!("{} {callback}|{reason}", reason.kind()));
}

/// Its `#[incoming]` fails.
struct Shop(Notes);

#[service]
impl Shop {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[incoming]
    fn order(
        &mut self,
        Json(order): Json<Order>,
    ) -> Result<Control, Box<dyn std::error::Error + Send + Sync>> {
        fail(&order)
    }

    #[close]
    fn close(&mut self, _: &Member<Self>, reason: &Terminate) {
        ended(&self.0, reason);
    }
}

/// Its event fails.
struct Events(Notes);

#[service]
impl Events {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[message]
    async fn order(&mut self, order: Order) -> Result<Control, Box<dyn std::error::Error + Send + Sync>> {
        fail(&order)
    }

    #[close]
    fn close(&mut self, _: &Member<Self>, reason: &Terminate) {
        ended(&self.0, reason);
    }
}

/// Its `#[error]` fails.
struct Strict(Notes);

#[service]
impl Strict {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[incoming]
    fn order(&mut self, order: Json<Order>) -> Result<(), std::fmt::Error> {
        if order.0.item == 0 { Err(std::fmt::Error) } else { Ok(()) }
    }

    #[error]
    fn failed(&mut self, error: std::fmt::Error) -> Result<(), std::fmt::Error> {
        Err(error)
    }

    #[close]
    fn close(&mut self, _: &Member<Self>, reason: &Terminate) {
        ended(&self.0, reason);
    }
}

/// A handler, for which the same holds.
struct Stall(Notes);

#[websocket]
impl Stall {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn order(&mut self, Json(order): Json<Order>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        fail(&order).map(drop)
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        ended(&self.0, reason);
    }
}

/// Sends `text`, and asserts that the connection closes with this code, and that the callback receives this reason.
async fn assert_ends(server: &Server, notes: &Notes, (path, text): (&str, &str), code: u16, reason: &str) {
    let kind = reason.split(' ').next().unwrap();
    let (before, length) = (server.app.stats().ended(kind), notes.all().len());
    let mut client = Raw::connect(server.addr, path).await;
    client.frame(TEXT, text.as_bytes()).await;
    let close = loop {
        let frame = client.read().await.expect("a close");
        if frame.opcode != TEXT {
            break frame.close().0;
        }
    };
    assert_eq!(close, code, "{path} {text}");
    until(|| notes.all().len() > length).await;
    let note = notes.all().pop().unwrap();
    assert!(note.starts_with(reason), "{path} {text}: {note}, not {reason}");
    until(|| server.app.stats().ended(kind) == before + 1).await;
}

#[tokio::test]
async fn a_callback_that_fails_ends_its_member_as_it_ends_a_connection() {
    let notes = Notes::default();
    let app = App::new()
        .state(notes.clone())
        .mount_service::<Shop>("/shop")
        .mount_service::<Events>("/events")
        .mount_service::<Strict>("/strict")
        .mount::<Stall>("/stall", ());
    let server = Server::start(app).await;
    let ends = async |at: (&str, &str), code, reason| assert_ends(&server, &notes, at, code, reason).await;
    for path in ["/shop", "/events", "/stall"] {
        for (item, code, reason) in [
            (0, 1011, "failed order|"),
            (1, 1007, "bad_encoding |invalid data: not an item"),
            (2, 4002, "stop |closed by the server with 4002"),
            (3, 1000, "stop_as |closed by the server: closed for today"),
        ] {
            let text = format!(r#"{{"type": "order", "item": {item}}}"#);
            ends((path, &text), code, reason).await;
        }
    }
    for path in ["/shop", "/stall", "/strict"] {
        ends((path, "x"), 1007, "bad_encoding |invalid data: ").await;
    }
    ends(("/strict", r#"{"item": 0}"#), 1011, "failed failed|").await;
    // A panic ends the connection of a handler. A service restarts, and its members stay.
    let panics = r#"{"type": "order", "item": 4}"#;
    ends(("/stall", panics), 1011, "panic |").await;
    for path in ["/shop", "/events"] {
        notes.add("next");
        let mut client = Raw::connect(server.addr, path).await;
        client.frame(TEXT, panics.as_bytes()).await;
        client.frame(TEXT, br#"{"type": "order", "item": 0}"#).await;
        assert_eq!(client.read().await.expect("a close").close().0, 1011);
        until(|| notes.all().last().is_some_and(|note| note.starts_with("failed order|"))).await;
    }
}
