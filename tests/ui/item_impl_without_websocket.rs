//! A marker means something to the `#[websocket]` above the `impl` alone. Where that is forgotten rustc does not find the
//! marker, which is the first error; the second says what to write, and there is nothing else to do.
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
