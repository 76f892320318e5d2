#![allow(unused)]

use serde::Deserialize;
use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[derive(Deserialize)]
struct Order<'a> {
    fruit: &'a str,
}

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, Json(order): Json<Order>, cx: &mut Context<Self>) -> &str {
        order.fruit
    }
}

fn main() {}
