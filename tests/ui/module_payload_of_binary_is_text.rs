#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[binary]
    fn sent(seen: &mut Seen, words: &str) {}
}

fn main() {}
