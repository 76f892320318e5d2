//! Chapter "Slow clients".

use ws_core::prelude::*;

// ANCHOR: bids
/// Only the newest bid counts: who is slow misses some of those before it, and stays.
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
/// Answers `GET /lost`: how many messages found a full mailbox so far, in all of the app.
pub(super) async fn lost(axum::extract::State(app): axum::extract::State<AppHandle>) -> String {
    let stats = app.stats();
    format!("{} lost, {} cut off\n", stats.dropped, stats.limited("write_timeout"))
}
// ANCHOR_END: lost
