//! This message is rustc's, at the second `#[websocket]`: all callbacks of a handler belong in one `impl`. Other methods can be
//! in other `impl` blocks, which have no attribute.

#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self) {}
}

#[websocket]
impl Custom {
    #[binary]
    fn sent(&mut self) {}
}

fn main() {}
