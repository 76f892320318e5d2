#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new(upgrade: Upgrade<Self>) -> Self {
        Self
    }
}

fn main() {}
