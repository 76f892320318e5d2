//! Chapter "Slow clients".

use ws_core::prelude::*;

// ANCHOR: bids
/// Only the newest bid matters, so a slow client misses older bids and stays connected.
#[websocket("/bids", mailbox(messages = 8, overflow = "drop_oldest"), write_timeout = "1m")]
#[derive(Default)]
struct Bids;

#[websocket]
impl Bids {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.subscribe("bids");
    }

    #[text]
    fn bid(&mut self, bid: Text, cx: &mut Context<Self>) {
        cx.app().hub().publish("bids", bid);
    }
}
// ANCHOR_END: bids

// ANCHOR: lost
/// Handles `GET /lost`: returns the number of messages in the whole app that were dropped at a full mailbox.
pub(super) async fn lost(axum::extract::State(app): axum::extract::State<AppHandle>) -> String {
    let stats = app.stats();
    format!("{} lost, {} cut off\n", stats.dropped, stats.limited("write_timeout"))
}
// ANCHOR_END: lost
