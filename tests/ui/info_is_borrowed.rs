#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[info]
    fn tick(&mut self, words: &str) {}
}

fn main() {}
