#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    pub struct Seen;

    #[text]
    fn received(seen: &mut Seen, text: &str) {}
}

fn main() {}
