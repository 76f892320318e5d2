#![allow(unused)]

use ws_core::prelude::*;

struct Order;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, order: Json<Order>) {}
}

fn main() {}
