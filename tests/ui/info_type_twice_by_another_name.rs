//! The macro compares types as they are written, so this message is rustc's, at the type. Each type can have only one
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
