#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {}

    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
