#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
struct Custom {
    count: usize,
}

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self) {
        self.count += 1;
    }
}

fn main() {}
