#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[on("say")]
    fn say(&mut self, text: &str) {}

    #[handle_in("shout")]
    fn shout(&mut self, text: &str) {}
}

fn main() {}
