//! A chat with rooms, and the page to use it: people have names, come and go, and hear each other.
//!
//! ```sh
//! cargo run --example chat        # and open http://127.0.0.1:8080/ in two windows
//! ```
//!
//! The page joins the room that its address names: `/#kitchen`, or `lobby` where it names none.
//! `WS_ADDR` says where it listens, `RUST_LOG` how much it logs.
//!
//! # On the wire
//!
//! Each message is a text with one JSON object. The client asks at `/chat/{room}`:
//!
//! ```text
//! {"type": "join", "name": "Ada"}     first of all; 1 to 24 characters, nobody else's in the room
//! {"type": "say", "text": "hello"}    1 to 1000 characters
//! ```
//!
//! and hears:
//!
//! ```text
//! {"type": "welcome", "name": "Ada", "people": ["Ada", "Bob"]}    to the one who joined
//! {"type": "joined", "name": "Ada"}                               to the others in the room
//! {"type": "said", "name": "Ada", "text": "hello"}                to all in the room, the speaker too
//! {"type": "left", "name": "Ada"}                                 to those who stay
//! {"type": "error", "code": "name_taken", "text": "…"}            to the one who asked; nothing else happened
//! ```
//!
//! Codes: `name_empty`, `name_too_long`, `name_taken`, `already_joined`, `not_joined`, `text_empty`, `text_too_long`.
//! Space around names and texts does not count, and neither do capitals where names are compared. What is not such a
//! JSON object closes the connection with 1007; a room's name of more than 40 characters is answered with 400.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;

const LONGEST_ROOM: usize = 40;
const LONGEST_NAME: usize = 24;
const LONGEST_TEXT: usize = 1000;

/// What a client asks.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Ask {
    Join { name: String },
    Say { text: String },
}

/// What a client hears.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Tell<'a> {
    Welcome { name: &'a str, people: Vec<String> },
    Joined { name: &'a str },
    Said { name: &'a str, text: &'a str },
    Left { name: &'a str },
    Error { code: &'static str, text: &'static str },
}

/// Why something that was asked did not happen. The connection goes on.
type Refusal = (&'static str, &'static str);

/// One person's connection. A ghost, whose network went without a word, gives its name back after 30 s.
#[websocket("/chat/{room}", name = "chat", idle_timeout = "30s", heartbeat = "10s")]
struct Chat {
    rooms: Rooms,
    room: String,
    name: Option<String>,
}

#[websocket]
impl Chat {
    // ANCHOR: init
    #[init]
    fn enter(Path(room): Path<String>, State(rooms): State<Rooms>) -> Result<Self, (StatusCode, String)> {
        if room.chars().count() > LONGEST_ROOM {
            let why = format!("a room's name has {LONGEST_ROOM} characters at most\n");
            return Err((StatusCode::BAD_REQUEST, why));
        }
        Ok(Self { rooms, room, name: None })
    }
    // ANCHOR_END: init

    // ANCHOR: asked
    #[text]
    fn asked(&mut self, Json(ask): Json<Ask>, cx: &mut Context<Self>) -> Option<Json<Tell<'_>>> {
        let answer = match ask {
            Ask::Join { name } => self.join(&name, &cx.socket()).map(Some),
            Ask::Say { text } => self.say(&text).map(|()| None),
        };
        answer.unwrap_or_else(|(code, text)| Some(Tell::Error { code, text })).map(Json)
    }

    #[terminate]
    fn gone(&mut self) {
        if let Some(name) = self.name.take() {
            self.rooms.leave(&self.room, &name);
        }
    }
    // ANCHOR_END: asked
}

impl Chat {
    fn join(&mut self, name: &str, socket: &Socket<Self>) -> Result<Tell<'_>, Refusal> {
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
        let people = self
            .rooms
            .join(&self.room, name, socket)
            .ok_or(("name_taken", "somebody here has this name already"))?;
        Ok(Tell::Welcome { name: self.name.insert(name.to_owned()), people })
    }

    fn say(&self, text: &str) -> Result<(), Refusal> {
        let name = self.name.as_deref().ok_or(("not_joined", "join first, with a name"))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(("text_empty", "there is nothing to say in an empty message"));
        }
        if text.chars().count() > LONGEST_TEXT {
            return Err(("text_too_long", "a message has 1000 characters at most"));
        }
        self.rooms.tell(&self.room, &Tell::Said { name, text });
        Ok(())
    }
}

/// Who is where. A room is there for as long as somebody is in it.
#[derive(Clone, Default)]
struct Rooms(Arc<Mutex<HashMap<String, Room>>>);

/// The people of a room, by their names in lower case.
type Room = BTreeMap<String, (String, Socket<Chat>)>;

impl Rooms {
    /// The names of all who are there now, or `None` if one of them has this name.
    fn join(&self, room: &str, name: &str, socket: &Socket<Chat>) -> Option<Vec<String>> {
        let mut rooms = self.lock();
        let people = rooms.entry(room.to_owned()).or_default();
        let key = name.to_lowercase();
        if people.contains_key(&key) {
            return None;
        }
        tell(people, &Tell::Joined { name });
        people.insert(key, (name.to_owned(), socket.clone()));
        Some(people.values().map(|(name, _)| name.clone()).collect())
    }

    fn leave(&self, room: &str, name: &str) {
        let mut rooms = self.lock();
        let Some(people) = rooms.get_mut(room) else { return };
        people.remove(&name.to_lowercase());
        tell(people, &Tell::Left { name });
        if people.is_empty() {
            rooms.remove(room);
        }
    }

    fn tell(&self, room: &str, what: &Tell<'_>) {
        if let Some(people) = self.lock().get(room) {
            tell(people, what);
        }
    }

    /// Held while all are told, so that they hear everything in the same order: sending never waits.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells everyone in a room: written once, shared by all.
fn tell(people: &Room, what: &Tell<'_>) {
    let Ok(message) = Message::json(what) else { return };
    for (_, socket) in people.values() {
        // One whose mailbox is full is closed by it, and leaves the room when it terminates.
        socket.send(message.clone());
    }
}

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    // ANCHOR: app
    let page = Router::new().route("/", get(async || Html(include_str!("chat/index.html"))));
    let app = App::linked().state(Rooms::default()).beside(page);
    // ANCHOR_END: app
    println!("{}", app.routes());
    println!("look: http://{addr}/");
    app.run(addr)
}
