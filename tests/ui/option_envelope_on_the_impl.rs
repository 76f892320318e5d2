#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/chat")]
#[derive(Default)]
struct Chat;

#[websocket(envelope(tag = "op"))]
impl Chat {
    #[message]
    fn say(&mut self) {}
}

fn main() {}
