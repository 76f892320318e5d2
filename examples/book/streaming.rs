//! Chapter "Streaming results".

use std::collections::HashMap;
use std::fs::File;
use std::future::ready;
use std::io::{self, BufRead, BufReader};

use futures_util::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use ws_core::prelude::*;
use ws_core::{Event, EventId, NoAnswer, Task};

// ANCHOR: stream
/// Sends numbers, one message each. The client may take as long as it wants to read them.
#[websocket("/numbers")]
#[derive(Default)]
struct Numbers {
    task: Option<Task>,
}

struct Number(u64);

#[websocket]
impl Numbers {
    #[text]
    fn command(&mut self, words: &str, cx: &mut Context<Self>) {
        // The numbers of an earlier command end here.
        if let Some(task) = self.task.take() {
            task.cancel();
        }
        if words == "count" {
            self.task = Some(cx.spawn_stream(stream::iter((1..).map(Number))));
        }
    }

    #[info]
    fn number(&mut self, Number(number): Number) -> String {
        number.to_string()
    }
}
// ANCHOR_END: stream

// ANCHOR: several
/// Runs any number of queries at once: `{"type": "query", "id": 7, "from": 1, "to": 3}`.
#[websocket("/rows")]
#[derive(Default)]
struct Rows {
    running: HashMap<EventId, Task>,
}

#[derive(Deserialize)]
struct Query {
    from: u32,
    to: u32,
}

/// An item of a query's stream, and the message to the client: `{"id": 7, "type": "row", "row": "row 1"}`.
#[derive(Serialize)]
struct Found {
    id: EventId,
    #[serde(flatten)]
    item: Item,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item {
    Row { row: String },
    Failed { error: &'static str },
    Done,
}

#[websocket]
impl Rows {
    #[message]
    fn query(
        &mut self,
        Event { id, payload: query }: Event<Query>,
        cx: &mut Context<Self>,
    ) -> Result<NoAnswer, &'static str> {
        let id = id.ok_or("a query needs an id")?;
        if self.running.contains_key(&id) {
            return Err("a query with this id is running");
        }
        let items = select(&query)
            .map(|row| row.map_or_else(|error| Item::Failed { error }, |row| Item::Row { row }))
            .chain(stream::once(ready(Item::Done)));
        let key = id.clone();
        let task = cx.spawn_stream(items.map(move |item| Found { id: id.clone(), item }));
        self.running.insert(key, task);
        Ok(NoAnswer)
    }

    #[message]
    fn cancel(&mut self, Event { id, .. }: Event<()>) -> NoAnswer {
        if let Some(task) = id.and_then(|id| self.running.remove(&id)) {
            task.cancel();
        }
        NoAnswer
    }

    #[info]
    fn found(&mut self, found: Found) -> Option<Json<Found>> {
        let is_running = match found.item {
            Item::Done => self.running.remove(&found.id).is_some(),
            _ => self.running.contains_key(&found.id),
        };
        // One item of a query that was cancelled may have waited already.
        is_running.then_some(Json(found))
    }
}

/// Yours is the stream of a database driver.
fn select(query: &Query) -> impl Stream<Item = Result<String, &'static str>> + use<> {
    stream::iter(query.from..=query.to).map(|number| match number {
        ..1000 => Ok(format!("row {number}")),
        _ => Err("the table has 999 rows"),
    })
}
// ANCHOR_END: several

// ANCHOR: blocking
/// Sends the lines of a file, and closes.
#[websocket("/lines")]
#[derive(Default)]
struct Lines;

enum Line {
    Next(io::Result<String>),
    End,
}

#[websocket]
impl Lines {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        let lines = lines(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        cx.spawn_stream(lines.map(Line::Next).chain(stream::once(ready(Line::End))));
    }

    #[info]
    fn line(&mut self, line: Line) -> Result<Message, Close> {
        match line {
            Line::Next(Ok(line)) => Ok(line.into()),
            Line::Next(Err(_)) => Err(Close::new(CloseCode::INTERNAL, "the file cannot be read")),
            Line::End => Err(Close::normal()),
        }
    }
}

/// Reads on a thread for blocking work, which is at most 16 lines ahead of the client.
fn lines(path: &'static str) -> impl Stream<Item = io::Result<String>> {
    let (to, mut from) = mpsc::channel(16);
    tokio::task::spawn_blocking(move || {
        let lines: Box<dyn Iterator<Item = _>> = match File::open(path) {
            Ok(file) => Box::new(BufReader::new(file).lines()),
            Err(error) => Box::new([Err(error)].into_iter()),
        };
        for line in lines {
            if to.blocking_send(line).is_err() {
                // The connection has ended.
                return;
            }
        }
    });
    stream::poll_fn(move |cx| from.poll_recv(cx))
}
// ANCHOR_END: blocking
