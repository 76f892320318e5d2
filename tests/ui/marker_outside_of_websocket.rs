//! This message is rustc's. A marker has a meaning only in an `impl` with `#[websocket]`: move the method there.
//! (For `#[text]`, rustc suggests `#[test]`, which is not what you want.)
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
