#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[init]
    fn new() -> Option<Seen> {
        Some(Seen)
    }

    #[text]
    fn received(seen: &mut Seen, text: &str) {}
}

fn main() {}
