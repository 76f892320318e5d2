//! The listing of the book's chapter "From other frameworks": a handler in the place of the default one, with what belongs
//! to a connection.

use serde::{Deserialize, Serialize};
use serde_json::json;
use ws_core::prelude::*;
use ws_core::{Envelope, PageId, TopicError, WithEnvelope};
use ws_tests::{Server, until};

use crate::{KEY, PAGE, Page};

// ANCHOR: visitor
/// A page while it is connected: a socket of Socket.IO or Phoenix.
#[websocket("/websocket", envelope = "pages")]
struct Visitor {
    page: PageSession,
    name: String,
}

#[derive(Deserialize)]
struct Say<'a> {
    room: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Said<'a> {
    from: &'a str,
    text: &'a str,
}

#[websocket]
impl Visitor {
    #[init]
    fn connect(page: PageSession) -> Self {
        let name = page.user().unwrap_or("guest").to_owned();
        Self { page, name }
    }

    /// `await ws.call("join", "red")` returns the people in the room.
    #[message]
    fn join(&mut self, room: &str, cx: &mut Context<Self>) -> Result<Vec<String>, &'static str> {
        if room.is_empty() {
            return Err("no such room");
        }
        let topic = format!("room:{room}");
        self.page.subscribe(&topic);
        self.meet(&topic, cx).map_err(|_| "cannot join")
    }

    #[message]
    fn leave(&mut self, room: &str, cx: &mut Context<Self>) {
        let topic = format!("room:{room}");
        self.page.unsubscribe(&topic);
        cx.leave(&topic);
    }

    #[message]
    fn say(&mut self, Say { room, text }: Say<'_>, cx: &mut Context<Self>) -> Result<(), serde_json::Error> {
        let said = Said { from: &self.name, text };
        cx.app().hub().publish_event(&format!("room:{room}"), "said", &said)?;
        Ok(())
    }

    /// `ws.on("people", ({ joined, left }) => …)`
    #[info]
    fn changed(&mut self, diff: PresenceDiff) {
        self.page.send_event("people", &diff);
    }

    #[terminate]
    fn disconnect(&mut self, reason: &Terminate) {
        println!("{} is away: {reason}", self.name);
    }
}

impl Visitor {
    /// Adds the visitor to the people in the room, and watches who comes and leaves.
    fn meet(&self, topic: &str, cx: &mut Context<Self>) -> Result<Vec<String>, TopicError> {
        cx.track(topic, &self.name, &())?;
        let people = cx.watch_diffs(topic)?;
        Ok(people.iter().map(|person| person.id().to_owned()).collect())
    }
}
// ANCHOR_END: visitor

fn app() -> App {
    App::discover_in(module_path!()).pages(Pages::new().key(KEY))
}

#[tokio::test]
async fn the_script_speaks_with_a_handler_in_the_place_of_the_default_one() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    page.send(json!({"type": "join", "id": 1, "data": "red"})).await;
    assert_eq!(page.receive().await, json!({"type": "join", "id": 1, "data": ["guest"]}));
    page.send(json!({"type": "say", "id": 2, "data": {"room": "red", "text": "hi"}})).await;
    let said = json!({"type": "said", "data": {"from": "guest", "text": "hi"}, "topic": "room:red"});
    let answer = json!({"type": "say", "id": 2});
    let both = [page.receive().await, page.receive().await];
    assert!(both.contains(&said) && both.contains(&answer), "{both:?}");
    // Errors are where the script looks for them.
    page.send(json!({"type": "join", "id": 3, "data": ""})).await;
    assert_eq!(page.receive().await, json!({"type": "error", "id": 3, "error": "no such room"}));
    page.send(json!({"type": "sya", "id": 4})).await;
    let unknown = json!({"code": "unknown_type", "message": "unknown type `sya`"});
    assert_eq!(page.receive().await, json!({"type": "error", "id": 4, "error": unknown}));
    page.send(json!({"type": "leave", "id": 5, "data": "red"})).await;
    assert_eq!(page.receive().await, json!({"type": "leave", "id": 5}));
}

#[tokio::test]
async fn people_leave_with_their_connection() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    page.send(json!({"type": "join", "id": 1, "data": "red"})).await;
    page.receive().await;
    assert_eq!(server.app.hub().present("room:red").len(), 1);
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    drop(page);
    until(|| server.app.hub().present("room:red").is_empty()).await;
    assert!(!session.has_ended());
}

/// A handler without a route of its own.
struct Shelf;

impl WithEnvelope for Shelf {
    const ENVELOPE: Envelope = Envelope::of_pages();
}

#[derive(Serialize)]
#[serde(tag = "type")]
enum Found {
    Book { title: String },
}

#[websocket]
impl Shelf {
    #[init]
    fn new(_: PageSession) -> Self {
        Self
    }

    #[message]
    fn find(&mut self, title: String) -> Found {
        Found::Book { title }
    }
}

#[tokio::test]
async fn an_answer_with_a_type_of_its_own_is_no_other_event() {
    let server =
        Server::start(App::new().mount::<Shelf>("/websocket", ()).pages(Pages::new().key(KEY))).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    page.send(json!({"type": "find", "id": 1, "data": "Emma"})).await;
    let found = json!({"type": "Book", "title": "Emma"});
    assert_eq!(page.receive().await, json!({"type": "find", "id": 1, "data": found}));
}
