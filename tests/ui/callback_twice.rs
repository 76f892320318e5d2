#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str) -> String {
        text.to_owned()
    }

    #[text]
    fn received_too(&mut self) {}
}

fn main() {}
