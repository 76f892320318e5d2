#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[open]
    fn open(seen: &mut Seen) {}

    #[txt]
    #[inline]
    fn received(seen: &mut Seen, text: &str) {}
}

fn main() {}
