#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    use ws_core::prelude::*;

    pub struct Seen;

    #[init]
    fn new() -> Self {
        Seen
    }

    #[text]
    fn received(seen: &mut Seen, cx: &mut Context<Self>) {}
}

fn main() {}
