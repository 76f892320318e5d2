#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    pub struct Seen;

    #[init]
    fn new() -> Seen {
        Seen
    }
}

fn main() {}
