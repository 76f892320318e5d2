#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[open]
    fn open(&mut self, upgrade: &mut Upgrade<Self>) {}
}

fn main() {}
