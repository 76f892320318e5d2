#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new() -> Option<Self> {
        Some(Self)
    }
}

fn main() {}
