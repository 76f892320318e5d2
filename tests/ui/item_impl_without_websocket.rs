#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

impl Custom {
    #[open]
    fn open(&mut self) {}

    #[text]
    fn received(&mut self, text: &str) {}

    #[binary]
    fn sent(&mut self, bytes: &[u8]) {}
}

fn main() {}
