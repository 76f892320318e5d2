//! Chapter "Conflation".

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ws_core::prelude::*;

// ANCHOR: prices
/// Sends each client the latest price of every symbol. A slow client skips prices, but never the last one of a symbol.
#[websocket("/trades", send_buffer = "16KiB")]
struct Trades;

#[websocket]
impl Trades {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe("prices");
        Self
    }

    #[text]
    fn traded(&mut self, Json((symbol, price)): Json<(String, u32)>, cx: &mut Context<Self>) {
        cx.app().hub().publish_latest("prices", &symbol, format!("{symbol} {price}"));
    }
}
// ANCHOR_END: prices

// ANCHOR: snapshot
/// The latest price of each symbol, shared by all connections.
#[derive(Clone, Default)]
pub(crate) struct Prices(Arc<Mutex<BTreeMap<String, u32>>>);

impl Prices {
    fn set(&self, symbol: &str, price: u32) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(symbol.to_owned(), price);
    }

    fn all(&self) -> BTreeMap<String, u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Sends all prices to a new client, and then each change.
#[websocket("/market")]
struct Market {
    prices: Prices,
}

#[websocket]
impl Market {
    #[init]
    fn new(State(prices): State<Prices>, upgrade: &mut Upgrade<Self>) -> Self {
        // First subscribe, then read: a change in between is sent after the snapshot.
        upgrade.subscribe("market");
        Self { prices }
    }

    #[open]
    fn open(&mut self) -> Json<BTreeMap<String, u32>> {
        Json(self.prices.all())
    }

    #[text]
    fn traded(&mut self, Json((symbol, price)): Json<(String, u32)>, cx: &mut Context<Self>) {
        // First store, then publish, for the same reason.
        self.prices.set(&symbol, price);
        let change = Message::json(&BTreeMap::from([(&symbol, price)])).expect("a map of numbers is JSON");
        cx.app().hub().publish_latest("market", &symbol, change);
    }
}
// ANCHOR_END: snapshot

// ANCHOR: batches
/// Sends the prices that have changed, at most ten times a second.
#[websocket("/overview")]
#[derive(Default)]
struct Overview {
    changed: BTreeMap<String, u32>,
}

/// A broadcast to all connections.
struct Price {
    symbol: String,
    price: u32,
}

struct Flush;

#[websocket]
impl Overview {
    #[broadcast]
    fn price(&mut self, price: &Price, cx: &mut Context<Self>) {
        if self.changed.is_empty() {
            cx.notify_after(Duration::from_millis(100), Flush);
        }
        self.changed.insert(price.symbol.clone(), price.price);
    }

    #[info]
    fn flush(&mut self, _: Flush) -> Json<BTreeMap<String, u32>> {
        Json(mem::take(&mut self.changed))
    }

    #[text]
    fn traded(&mut self, Json((symbol, price)): Json<(String, u32)>, cx: &mut Context<Self>) {
        cx.app().broadcast::<Self>(Price { symbol, price });
    }
}
// ANCHOR_END: batches
