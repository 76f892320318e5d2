#![allow(unused)]

use ws_core::prelude::*;

#[derive(serde::Serialize)]
struct Order {
    count: u32,
}

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str) -> Order {
        Order { count: 1 }
    }
}

fn main() {}
