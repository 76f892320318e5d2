#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[open]
    fn open(seen: &mut Seen) {}

    #[text]
    fn received(text: &str) {}
}

fn main() {}
