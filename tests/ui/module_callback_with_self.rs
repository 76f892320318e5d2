#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen(u32);

    #[open]
    fn open(seen: &mut Seen) {}

    #[text]
    fn received(&mut self, text: &str) {
        self.0 += 1;
    }
}

fn main() {}
