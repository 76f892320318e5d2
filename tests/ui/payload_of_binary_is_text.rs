#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[binary]
    fn sent(&mut self, words: &str) {}
}

fn main() {}
