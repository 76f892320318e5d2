#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    pub struct Seen;

    #[text]
    fn said(seen: &mut Seen, text: &str) {}
}

fn main() {}
