#![allow(unused)]

use ws_core::prelude::*;

#[websocket(idle_timeout = "60s")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn received(seen: &mut Seen, text: &str) {}
}

fn main() {}
