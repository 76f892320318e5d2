//! The text is rustc's own. A marker means something in the `impl` under `#[websocket]` alone: move the method there.
//! (Of `#[text]` rustc says that there is a `#[test]` too, which is not meant.)
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

impl Custom {
    #[binary]
    fn sent(&mut self, bytes: &[u8]) {}
}

fn main() {}
