//! The text is rustc's own: `#[test]` is near to `#[text]`, and is not taken for it.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[test]
    fn said(&mut self) {}
}

fn main() {}
