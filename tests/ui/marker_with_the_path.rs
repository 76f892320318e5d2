#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text("/custom")]
    fn received(&mut self, text: &str) {}
}

fn main() {}
