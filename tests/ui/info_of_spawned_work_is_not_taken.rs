#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.spawn(async { 5_u8 });
    }
}

fn main() {}
