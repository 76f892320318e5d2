#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    pub struct Tick;

    #[info]
    fn tick(seen: &mut Seen, tick: Tick) {}

    #[info]
    fn tock(seen: &mut Seen, tick: Tick) {}
}

fn main() {}
