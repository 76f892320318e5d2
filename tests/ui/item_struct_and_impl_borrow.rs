#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
struct Custom<'a> {
    name: &'a str,
}

#[websocket]
impl<'a> Custom<'a> {
    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
