#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn said(seen: &mut Seen, text: &str) -> usize {
        text.len()
    }
}

fn main() {}
