#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom {
    count: u64,
}

#[websocket]
impl Custom {
    #[text]
    fn received(&self, text: &str) {
        self.count += 1;
    }
}

fn main() {}
