#![allow(unused)]

use ws_core::prelude::*;

struct Say {
    text: String,
}

#[websocket("/chat")]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {
    #[message]
    fn say(&mut self, say: Say) {}
}

fn main() {}
