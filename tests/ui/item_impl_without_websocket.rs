//! A marker has a meaning only in an `impl` with `#[websocket]`. Without it, rustc does not find the marker, which is the first
//! error. The second error shows the fix, which resolves both.
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
