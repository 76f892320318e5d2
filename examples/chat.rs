//! A chat with rooms, names, presence and history, and a page to use it.
//!
//! ```sh
//! cargo run --example chat        # and open http://127.0.0.1:8080/ in two windows
//! ```
//!
//! The page joins the room in its URL, such as `/#kitchen`, or `lobby` by default.
//! Stop the program and start it again: the page comes back. `WS_ADDR` sets the address to listen on, `RUST_LOG` the log level.
//!
//! # On the wire
//!
//! Each message is a text with one JSON object. The client connects to `/chat/{room}` and sends:
//!
//! ```text
//! {"type": "join", "name": "Ada", "position": "…"}    first; 1 to 24 characters, unique in the room. A browser may take
//!                                                     its own name again
//! {"type": "send", "text": "hello"}                   1 to 1000 characters
//! ```
//!
//! and receives:
//!
//! ```text
//! {"type": "welcome", "name": "Ada", "people": ["Ada", "Bob"], "recovered": true}
//!                                                         to the client that joined
//! {"type": "joined", "name": "Ada"}                       to the others in the room
//! {"type": "message", "name": "Ada", "text": "hello", "topic": "room:lobby", "position": "…"}
//!                                                         to all in the room, also the sender
//! {"type": "left", "name": "Ada"}                         to the others in the room
//! {"type": "error", "code": "name_taken", "text": "…"}    to the client that asked; nothing else happens
//! ```
//!
//! A client that comes back sends the `position` of the last message that it has. After the welcome it receives those that
//! follow, each once and in order, but not more than the last 100. A newcomer receives the last 100 too. If `recovered` is
//! `false`, messages that the client does not have may be missing before these.
//!
//! Codes: `name_empty`, `name_too_long`, `name_taken`, `already_joined`, `not_joined`, `text_empty`, `text_too_long`.
//! Space around names and texts is removed, and names are compared without regard to case. Any other text closes the
//! connection with 1007. A room name of more than 40 characters is rejected with 400.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;
use ws_core::{History, Position, Present};

const LONGEST_ROOM: usize = 40;
const LONGEST_NAME: usize = 24;
const LONGEST_TEXT: usize = 1000;
/// The number of earlier messages that a client receives.
const EARLIER: u64 = 100;

/// A request of the client.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Ask {
    Join { name: String, position: Option<Position> },
    Send { text: String },
}

/// A message to the client.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event<'a> {
    Welcome { name: &'a str, people: Vec<String>, recovered: bool },
    Joined { name: String },
    Message { name: &'a str, text: &'a str },
    Left { name: String },
    Error { code: &'static str, text: &'static str },
}

/// The owner of a name in a room.
#[derive(Serialize, Deserialize)]
struct Owner {
    /// The name as its owner typed it; the identity is in lower case.
    name: String,
    /// The session of the owner's browser, for the server only.
    browser: Option<String>,
}

/// Code and text of the error for a request that failed. The connection stays open.
type Refusal = (&'static str, &'static str);

/// One person's connection. If its network fails without a close, the person leaves after 30 s. Until then, only the same
/// browser may take the name again, so that a page that comes back is not locked out.
#[websocket("/chat/{room}", name = "chat", idle_timeout = "30s", heartbeat = "10s")]
struct Chat {
    /// The topic of the room's messages and of its presence.
    room: String,
    name: Option<String>,
}

#[websocket]
impl Chat {
    // ANCHOR: init
    #[init]
    fn enter(Path(room): Path<String>) -> Result<Self, (StatusCode, String)> {
        if room.chars().count() > LONGEST_ROOM {
            let why = format!("a room's name has {LONGEST_ROOM} characters at most\n");
            return Err((StatusCode::BAD_REQUEST, why));
        }
        Ok(Self { room: format!("room:{room}"), name: None })
    }
    // ANCHOR_END: init

    // ANCHOR: asked
    #[text]
    fn asked(&mut self, Json(ask): Json<Ask>, cx: &mut Context<Self>) -> Option<Json<Event<'_>>> {
        let answer = match ask {
            Ask::Join { name, position } => self.join(&name, position, cx).map(Some),
            Ask::Send { text } => self.send(&text, &cx.app().hub()).map(|()| None),
        };
        answer.unwrap_or_else(|(code, text)| Some(Event::Error { code, text })).map(Json)
    }

    #[info]
    fn changed(&mut self, event: PresenceEvent) -> Json<Event<'_>> {
        Json(match event {
            PresenceEvent::Joined(entry) => Event::Joined { name: name(&entry) },
            PresenceEvent::Left(entry) => Event::Left { name: name(&entry) },
        })
    }
    // ANCHOR_END: asked
}

impl Chat {
    // ANCHOR: join
    fn join(
        &mut self,
        name: &str,
        position: Option<Position>,
        cx: &mut Context<Self>,
    ) -> Result<Event<'_>, Refusal> {
        if self.name.is_some() {
            return Err(("already_joined", "you are in this room already"));
        }
        let name = name.trim();
        if name.is_empty() {
            return Err(("name_empty", "please give a name"));
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(("name_too_long", "a name has 24 characters at most"));
        }
        // If two clients join with the same name at once, the second becomes the identity's second connection.
        let id = name.to_lowercase();
        let owner =
            Owner { name: name.to_owned(), browser: cx.session_id().map(|session| session.to_string()) };
        if cx.track(&self.room, &id, &owner).expect("a short name") > 1 && !self.is_of(&owner, &id, cx) {
            cx.untrack(&self.room, &id);
            return Err(("name_taken", "somebody here has this name already"));
        }
        let recovered = self.recover(position, cx);
        // From here on, `changed` is called when somebody joins or leaves.
        let people = cx.watch(&self.room).expect("one topic").iter().map(self::name).collect();
        Ok(Event::Welcome { name: self.name.insert(name.to_owned()), people, recovered })
    }
    // ANCHOR_END: join

    // ANCHOR: owner
    /// Returns whether the identity belongs to the same browser.
    fn is_of(&self, owner: &Owner, id: &str, cx: &Context<Self>) -> bool {
        let present = cx.app().hub().present(&self.room);
        let first =
            present.iter().find(|entry| entry.id() == id).and_then(|entry| entry.meta::<Owner>().ok());
        owner.browser.is_some() && first.is_some_and(|first| first.browser == owner.browser)
    }
    // ANCHOR_END: owner

    // ANCHOR: recover
    /// Subscribes to the room. The client receives the messages after its position. If it has none, or one of before the
    /// last messages or of before a restart, it receives the last messages.
    fn recover(&self, position: Option<Position>, cx: &mut Context<Self>) -> bool {
        let earlier = cx.app().hub().position(&self.room).expect("rooms keep a history").before(EARLIER);
        let known = position.filter(|position| *position >= earlier);
        let recovery = cx.subscribe_from(&self.room, known.unwrap_or(earlier));
        known.is_some() && recovery.expect("rooms keep a history").is_recovered()
    }
    // ANCHOR_END: recover

    // ANCHOR: send
    fn send(&self, text: &str, hub: &Hub) -> Result<(), Refusal> {
        let name = self.name.as_deref().ok_or(("not_joined", "join first, with a name"))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(("text_empty", "a message must not be empty"));
        }
        if text.chars().count() > LONGEST_TEXT {
            return Err(("text_too_long", "a message has 1000 characters at most"));
        }
        // Encoded once and shared by all. A client that is too slow overflows its mailbox: its connection closes, and
        // it leaves the room.
        hub.publish_json(&self.room, &Event::Message { name, text }).expect("words are JSON");
        Ok(())
    }
    // ANCHOR_END: send
}

/// Returns the name as its owner typed it.
fn name(entry: &Present) -> String {
    entry.meta().map_or_else(|_| entry.id().to_owned(), |owner: Owner| owner.name)
}

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    // ANCHOR: app
    let page = Router::new().route("/", get(async || Html(include_str!("chat/index.html"))));
    // More messages than a client receives, so that others may publish while it subscribes.
    let history = History::new().messages(1000).age(None).stamp_json();
    // For `/ws/client.js`. Nobody signs in here.
    let pages = Pages::new().random_key();
    let app = App::discover().pages(pages).history("room:*", history).fallback(page);
    // ANCHOR_END: app
    println!("{}", app.routes());
    println!("look: http://{addr}/");
    app.run(addr)
}
