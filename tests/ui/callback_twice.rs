#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn said(&mut self, text: &str) -> String {
        text.to_owned()
    }

    #[text]
    fn heard(&mut self) {}
}

fn main() {}
