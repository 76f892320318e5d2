#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    async fn received(&mut self, words: Vec<u8>) {}
}

fn main() {}
