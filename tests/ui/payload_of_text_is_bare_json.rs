#![allow(unused)]

use ws_core::prelude::*;

#[derive(serde::Deserialize)]
struct Order {
    dish: String,
}

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, order: Order) {}
}

fn main() {}
