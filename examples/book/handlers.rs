//! Chapter "Handlers and callbacks".

use std::time::Duration;

use serde::Deserialize;
use ws_core::prelude::*;

// ANCHOR: counter
/// Numbers the messages of one client.
#[websocket("/counter")]
#[derive(Default)]
struct Counter {
    received: u32,
}

#[websocket]
impl Counter {
    #[text]
    fn text(&mut self, text: &str) -> String {
        self.received += 1;
        format!("{}: {text}", self.received)
    }

    #[binary]
    fn binary(&mut self, bytes: &[u8]) -> String {
        self.received += 1;
        format!("{}: {} bytes", self.received, bytes.len())
    }

    #[handle]
    fn ping_or_pong(&mut self, message: Message) {
        println!("{message:?}");
    }
}
// ANCHOR_END: counter

// ANCHOR: json
#[derive(Deserialize)]
struct Point {
    x: f64,
    y: f64,
}

/// Returns the distance between each point and the previous one.
#[websocket("/distance")]
#[derive(Default)]
struct Distance {
    last: Option<Point>,
}

#[websocket]
impl Distance {
    #[text]
    fn to(&mut self, Json(point): Json<Point>) -> Option<Json<f64>> {
        let way = self.last.as_ref().map(|last| (point.x - last.x).hypot(point.y - last.y));
        self.last = Some(point);
        way.map(Json)
    }
}
// ANCHOR_END: json

// ANCHOR: module
/// Lets the client guess a word, and sends a hint after a second.
#[websocket("/guess/{word}")]
mod guess {
    use std::time::Duration;

    use axum::extract::Path;
    use ws_core::prelude::*;

    pub(super) struct Guess {
        word: String,
    }

    struct Hint;

    #[init]
    fn new(Path(word): Path<String>) -> Guess {
        Guess { word }
    }

    #[open]
    fn open(_: &mut Guess, cx: &mut Context<Guess>) {
        cx.notify_after(Duration::from_secs(1), Hint);
    }

    #[text]
    fn guessed(guess: &mut Guess, text: &str) -> &'static str {
        if text == guess.word { "yes" } else { "no" }
    }

    #[info]
    fn hint(guess: &mut Guess, _: Hint) -> Option<String> {
        guess.word.chars().next().map(|first| format!("it begins with {first}"))
    }
}
// ANCHOR_END: module

// ANCHOR: wait
/// Takes a second for each job; the connection stays responsive meanwhile.
#[websocket("/work")]
#[derive(Default)]
struct Work;

#[websocket]
impl Work {
    #[text]
    async fn job(&mut self, text: &str, cx: &mut Context<Self>) -> String {
        cx.send("working");
        let words = count(text).await;
        format!("{words} words")
    }
}
// ANCHOR_END: wait

/// Stands for a database or a remote service.
async fn count(text: &str) -> usize {
    tokio::time::sleep(Duration::from_secs(1)).await;
    text.split_whitespace().count()
}
