#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str, cx: Context<Self>) {
        cx.send(text);
    }

    #[binary]
    fn bytes(&mut self, cx: &Context<Self>, bytes: &[u8]) {
        cx.send(bytes.to_vec());
    }
}

fn main() {}
