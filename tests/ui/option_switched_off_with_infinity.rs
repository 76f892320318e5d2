#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", idle_timeout = "infinity")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
