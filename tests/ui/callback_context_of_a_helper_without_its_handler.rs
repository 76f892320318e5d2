#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str, cx: &mut Context<Self>) {
        self.reply(cx);
    }

    fn reply(&mut self, cx: &mut Context) {
        cx.send("hello");
    }
}

fn main() {}
