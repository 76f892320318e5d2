//! Chapter "Compression".

use axum::extract::Query;
use serde::{Deserialize, Serialize};
use ws_core::Compression;
use ws_core::prelude::*;

// ANCHOR: compress
#[derive(Serialize)]
struct Price {
    symbol: String,
    day: u32,
    euros: u32,
}

/// Long, repetitive texts.
#[websocket("/prices", compress)]
#[derive(Default)]
struct Prices;

#[websocket]
impl Prices {
    #[text]
    fn history(&mut self, symbol: &str) -> Json<Vec<Price>> {
        let of_day = |day| Price { symbol: symbol.to_owned(), day, euros: 100 + day % 7 };
        Json((0..200).map(of_day).collect())
    }
}
// ANCHOR_END: compress

// ANCHOR: takeover
/// Many short, similar texts: with context takeover, each may refer to those before it.
#[websocket("/ticks", compress(min = "32B", level = 3, takeover = "server", window_bits = 10))]
#[derive(Default)]
struct Ticks;

#[websocket]
impl Ticks {
    #[text]
    fn price(&mut self, symbol: &str) -> String {
        format!("{{\"symbol\":\"{symbol}\",\"currency\":\"EUR\",\"exchange\":\"XETRA\",\"price\":100}}")
    }
}
// ANCHOR_END: takeover

// ANCHOR: choose
/// Decides on compression for each client and each message.
#[websocket("/pictures")]
struct Pictures;

#[derive(Deserialize)]
struct Wishes {
    saves_data: Option<bool>,
}

#[websocket]
impl Pictures {
    #[init]
    fn enter(Query(wishes): Query<Wishes>, upgrade: &mut Upgrade<Self>) -> Self {
        if wishes.saves_data == Some(true) {
            upgrade.set_compression(Compression::new().level(9));
        }
        Self
    }

    /// Pictures are compressed already, so compressing them again wastes time.
    #[binary]
    fn picture(&mut self, picture: Bytes, cx: &mut Context<Self>) {
        cx.set_compression(false);
        cx.send(picture);
        cx.set_compression(true);
    }

    #[text]
    fn caption(&mut self, words: &str, cx: &mut Context<Self>) -> String {
        format!("{}{}", if cx.is_compressed() { "compressed: " } else { "as it is: " }, words.repeat(100))
    }
}
// ANCHOR_END: choose
