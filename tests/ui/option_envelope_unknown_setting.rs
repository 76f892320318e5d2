#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/chat", envelope(type = "op"))]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {
    #[message]
    fn say(&mut self) {}
}

fn main() {}
