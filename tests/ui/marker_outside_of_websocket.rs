//! A marker means something to the `#[websocket]` above the `impl` alone: rustc, which does not find it, says the first,
//! and the second says what is missing.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

impl Custom {
    #[open]
    fn open(&mut self) {}
}

fn main() {}
