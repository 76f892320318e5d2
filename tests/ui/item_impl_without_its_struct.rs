//! This message is rustc's. A `#[websocket] impl` needs its struct, and the path goes in the attribute of the struct.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket]
impl Custom {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {}

    #[text]
    async fn received(&mut self, text: &str) -> String {
        text.to_owned()
    }

    #[info]
    fn notified(&mut self, notified: u8) {}
}

fn main() {}
