#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/chat", envelope(tag = "id"))]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {
    #[message]
    fn say(&mut self) {}
}

fn main() {}
