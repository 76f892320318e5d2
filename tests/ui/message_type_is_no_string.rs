#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/chat")]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {
    #[message(say)]
    fn speak(&mut self) {}
}

fn main() {}
