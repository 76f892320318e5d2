#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
#[websocket]
impl Custom {
    #[text]
    fn received(&mut self) {}
}

fn main() {}
