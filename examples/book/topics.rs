//! Chapters "Topics and broadcast" and "Presence".

use serde::Serialize;
use ws_core::prelude::*;
use ws_core::{Present, TopicError};

// ANCHOR: room
/// Sends each message to the others in the room.
#[websocket("/room/{name}")]
struct Room {
    topic: String,
}

#[websocket]
impl Room {
    #[init]
    fn enter(upgrade: &mut Upgrade<Self>) -> Self {
        let topic = format!("room:{}", upgrade.params().get("name").unwrap_or_default());
        upgrade.subscribe(&topic);
        Self { topic }
    }

    #[text]
    fn received(&mut self, words: Text, cx: &mut Context<Self>) {
        cx.app().hub().publish_except(cx.id(), &self.topic, words);
    }
}
// ANCHOR_END: room

// ANCHOR: walk
/// A round in a room was won.
#[derive(Clone)]
struct Won(u32);

/// Walks from room to room, and plays where it is.
#[websocket("/walk")]
#[derive(Default)]
struct Walker {
    room: String,
    points: u32,
}

#[websocket]
impl Walker {
    #[text]
    fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Result<(), TopicError> {
        if words == "win" {
            cx.app().info_topic::<Self>(&self.room, Won(3));
            return Ok(());
        }
        cx.leave(&self.room);
        self.room = format!("walk:{words}");
        cx.subscribe(&self.room);
        cx.track(&self.room, &cx.id().to_string(), &())?;
        Ok(())
    }

    #[info]
    fn won(&mut self, Won(points): Won) -> String {
        self.points += points;
        format!("{} points in {}", self.points, self.room)
    }
}
// ANCHOR_END: walk

// ANCHOR: json
#[derive(Serialize)]
struct Score {
    home: u32,
    away: u32,
}

/// Works on any thread, also outside of a runtime.
fn goal(hub: &Hub, score: &Score) -> Result<usize, Box<dyn std::error::Error>> {
    let reached = hub.publish_json("room:stadium", score)?;
    if reached.dropped > 0 {
        eprintln!("{} connections are too slow", reached.dropped);
    }
    Ok(reached.queued)
}
// ANCHOR_END: json

// ANCHOR: broadcast
struct News(String);

#[websocket("/reader")]
#[derive(Default)]
struct Reader;

#[websocket]
impl Reader {
    #[broadcast]
    fn news(&mut self, News(words): &News) -> String {
        format!("news: {words}")
    }

    #[text]
    fn spread(&mut self, words: String, cx: &mut Context<Self>) -> String {
        let reached = cx.app().broadcast::<Self>(News(words));
        format!("{} will receive it", reached.queued)
    }
}
// ANCHOR_END: broadcast

// ANCHOR: outgoing
/// A child's room: filters the messages of others before they are sent.
#[websocket("/nursery")]
#[derive(Default)]
struct Nursery;

#[websocket]
impl Nursery {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.subscribe("room:nursery");
    }

    #[outgoing]
    fn looked_at(&mut self, message: Message) -> Option<Message> {
        match message {
            Message::Text(words) if words.contains("damn") => None,
            Message::Text(words) => Some(words.to_lowercase().into()),
            other => Some(other),
        }
    }
}
// ANCHOR_END: outgoing

// ANCHOR: presence
/// Lists the people at a table, and reports those that join and leave.
#[websocket("/table")]
#[derive(Default)]
struct Table;

#[websocket]
impl Table {
    #[text]
    fn sit_down(&mut self, name: &str, cx: &mut Context<Self>) -> Result<String, BoxError> {
        cx.track("table", name, "hungry")?;
        let names: Vec<_> = cx.watch("table")?.iter().map(|entry| entry.id().to_owned()).collect();
        Ok(names.join(", "))
    }

    #[info]
    fn changed(&mut self, event: PresenceEvent) -> String {
        match event {
            PresenceEvent::Joined(entry) => format!("{} sits down", entry.id()),
            PresenceEvent::Left(entry) => format!("{} has gone", entry.id()),
        }
    }
}
// ANCHOR_END: presence

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Handles `POST /goal`.
pub(super) async fn scored(axum::extract::State(app): axum::extract::State<AppHandle>) -> String {
    match goal(&app.hub(), &Score { home: 1, away: 0 }) {
        Ok(delivered) => format!("{delivered}\n"),
        Err(error) => format!("{error}\n"),
    }
}

/// Handles `GET /table.json`.
// ANCHOR: present
pub(super) async fn present(
    axum::extract::State(app): axum::extract::State<AppHandle>,
) -> Json<Vec<Present>> {
    Json(app.hub().present("table"))
}
// ANCHOR_END: present
