#![allow(unused)]

use ws_core::prelude::*;

struct Said {
    text: String,
}

#[websocket("/chat")]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {
    #[message]
    fn say(&mut self) -> Said {
        Said { text: "hi".to_owned() }
    }
}

fn main() {}
