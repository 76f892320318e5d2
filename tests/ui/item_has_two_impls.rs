#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self) {}
}

#[websocket]
impl Custom {
    #[binary]
    fn sent(&mut self) {}
}

fn main() {}
