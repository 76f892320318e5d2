#![allow(unused)]

use ws_core::prelude::*;

struct Order;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self) -> Json<Order> {
        Json(Order)
    }
}

fn main() {}
