#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/chat")]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {
    #[message]
    fn say(&mut self) {}

    #[message("say")]
    fn speak(&mut self) {}
}

fn main() {}
