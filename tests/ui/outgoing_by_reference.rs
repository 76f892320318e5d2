#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[outgoing]
    fn outgoing(&mut self, message: &Message) -> Option<Message> {
        None
    }
}

fn main() {}
