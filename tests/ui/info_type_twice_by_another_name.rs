//! The macro sees how a type is written, and not what it is: so the text is rustc's own, at the type. Each type may have one
//! `#[info]`.
#![allow(unused)]

use ws_core::prelude::*;

struct Tick;

type Tock = Tick;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[info]
    fn tick(&mut self, tick: Tick) {}

    #[info]
    fn tock(&mut self, tick: Tock) {}
}

fn main() {}
