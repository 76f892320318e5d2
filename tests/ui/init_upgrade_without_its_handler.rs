//! This message is rustc's. The handler stands in angle brackets: write `upgrade: &mut Upgrade<Self>`.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new(upgrade: &mut Upgrade) -> Self {
        Self
    }
}

fn main() {}
