#![allow(unused)]

use ws_core::prelude::*;

struct Custom;

#[websocket]
impl &Custom {
    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
