//! The text is rustc's own, at the second `#[websocket]`: all callbacks of a handler stand in one `impl`. Methods that are no
//! callbacks may stand in others, which have no attribute.

#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn said(&mut self) {}
}

#[websocket]
impl Custom {
    #[binary]
    fn sent(&mut self) {}
}

fn main() {}
