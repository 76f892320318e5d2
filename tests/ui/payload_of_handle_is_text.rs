#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[handle]
    fn handle(&mut self, words: String) {}
}

fn main() {}
