//! Chapter "Topics with history".

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{self, Query};
use serde::{Deserialize, Serialize};
use ws_core::prelude::*;
use ws_core::{BoxError, History, Position, Recovery, Stamp, TopicError};

// ANCHOR: declare
/// Keeps the changes of the inventory for an hour, and the ticks of the day.
pub(super) fn histories(app: App) -> App {
    app.history("inventory", History::new().age(Duration::from_secs(3600)).stamp_json())
        .history("ticks:*", History::new().messages(100_000).bytes(16 << 20).age(None).stamp(with_position))
}
// ANCHOR_END: declare

// ANCHOR: stamp
/// Puts the position in front of a text, on a line of its own.
fn with_position(stamp: Stamp<'_>, message: Message) -> Message {
    match message {
        Message::Text(text) => format!("{}\n{text}", stamp.position).into(),
        other => other,
    }
}
// ANCHOR_END: stamp

// ANCHOR: subscribe
/// The query of `/inventory?position=9f86d081884c7d65-1042`. A malformed position gets a 400 response.
#[derive(Deserialize)]
struct From {
    position: Option<Position>,
}

/// Sends the changes of the inventory.
#[websocket("/inventory")]
struct Inventory(Recovery);

#[websocket]
impl Inventory {
    #[init]
    fn new(Query(from): Query<From>, upgrade: &mut Upgrade<Self>) -> Self {
        Self(upgrade.subscribe_from("inventory", from.position).expect("`inventory` keeps a history"))
    }

    /// The client learns first whether it has missed anything that it does not receive now.
    #[open]
    fn open(&mut self) -> Json<Recovery> {
        Json(self.0)
    }
}
// ANCHOR_END: subscribe

// ANCHOR: state
/// How many pieces of each article there are.
#[derive(Clone, Default)]
pub(super) struct Stock(Arc<Mutex<BTreeMap<String, u32>>>);

/// A change. Clients receive `{"article":"bolt","pieces":7,"topic":"inventory","position":"…"}`.
#[derive(Serialize)]
struct Change<'a> {
    article: &'a str,
    pieces: u32,
}

impl Stock {
    /// Changes the state first, and publishes then.
    fn set(&self, hub: &Hub, article: &str, pieces: u32) {
        self.0.lock().unwrap().insert(article.to_owned(), pieces);
        hub.publish_json("inventory", &Change { article, pieces }).expect("JSON");
    }

    /// Takes the position first, and reads the state then.
    fn load(&self, hub: &Hub) -> Result<Loaded, TopicError> {
        let position = hub.position("inventory")?;
        let stock = self.0.lock().unwrap().clone();
        Ok(Loaded { position, stock })
    }
}

/// The response to `GET /inventory.json`.
#[derive(Serialize)]
pub(super) struct Loaded {
    position: Position,
    stock: BTreeMap<String, u32>,
}
// ANCHOR_END: state

/// Handles `GET /inventory.json`.
pub(super) async fn load(extract::State((app, stock)): extract::State<(AppHandle, Stock)>) -> Json<Loaded> {
    Json(stock.load(&app.hub()).expect("`inventory` keeps a history"))
}

/// Handles `POST /inventory/set`, with an article and its pieces: `bolt 7`.
pub(super) async fn set(
    extract::State((app, stock)): extract::State<(AppHandle, Stock)>,
    body: String,
) -> &'static str {
    let Some((article, pieces)) = body.split_once(' ') else { return "bolt 7" };
    stock.set(&app.hub(), article, pieces.trim().parse().unwrap_or_default());
    "set"
}

// ANCHOR: callback
/// The client names a symbol, and the position of its last tick if it has one: `ACME`, or `ACME 9f86d081884c7d65-1042`.
#[websocket("/tape")]
#[derive(Default)]
struct Tape;

#[websocket]
impl Tape {
    #[text]
    fn symbol(&mut self, text: &str, cx: &mut Context<Self>) -> Result<String, BoxError> {
        let (symbol, position) = match text.split_once(' ') {
            Some((symbol, position)) => (symbol, Some(position.parse::<Position>()?)),
            None => (text, None),
        };
        if !["ACME", "EMCA"].contains(&symbol) {
            return Ok(format!("no symbol {symbol}"));
        }
        let recovery = cx.subscribe_from(&format!("ticks:{symbol}"), position)?;
        Ok(match recovery.missed {
            Ok(missed) => format!("{missed} ticks follow"),
            Err(reason) => format!("load the day again: {reason}"),
        })
    }
}
// ANCHOR_END: callback

/// Handles `POST /tick`, with a symbol and its price: `ACME 4200`.
pub(super) async fn tick(
    extract::State((app, _)): extract::State<(AppHandle, Stock)>,
    body: String,
) -> String {
    let (symbol, price) = body.split_once(' ').unwrap_or(("ACME", &body));
    app.hub()
        .publish(&format!("ticks:{symbol}"), price)
        .position
        .map_or_else(String::new, |at| at.to_string())
}
