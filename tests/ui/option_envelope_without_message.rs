#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", envelope(tag = "op"))]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
