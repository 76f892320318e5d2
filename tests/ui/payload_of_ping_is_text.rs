#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[ping]
    fn pinged(&mut self, words: &str) {}
}

fn main() {}
