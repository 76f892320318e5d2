#![allow(unused)]

use ws_core::prelude::*;

use ws_core::Handler;

#[websocket("/custom")]
struct Custom;

#[websocket]
impl Handler for Custom {
    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
