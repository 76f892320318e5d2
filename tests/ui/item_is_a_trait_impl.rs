#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

trait Greet {
    fn received(&mut self, text: &str);
}

#[websocket]
impl Greet for Custom {
    fn received(&mut self, text: &str) {}
}

fn main() {}
