#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", hartbeat = "25s")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn received(seen: &mut Seen, text: &str) {}
}

fn main() {}
