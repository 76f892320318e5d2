#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    use ws_core::prelude::*;

    #[derive(Default)]
    pub struct Seen;

    #[open]
    fn open(cx: &mut Context<Seen>) {}

    #[text]
    fn received(seen: &mut Seen, text: &str) {}
}

fn main() {}
