#![allow(unused)]

use ws_core::prelude::*;

struct Tick;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[info]
    fn tick(&mut self, tick: Tick) {}

    #[info]
    fn tock(&mut self, tick: Tick) {}
}

fn main() {}
