#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    use ws_core::prelude::*;

    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn received(seen: &mut Seen, Json(order): Json<Order>) {}
}

fn main() {}
