#![allow(unused)]

use ws_core::IncomingText;
use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: IncomingText) -> IncomingText {
        text
    }
}

fn main() {}
