#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/chat")]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {
    #[text]
    fn received(&mut self, text: &str) {}

    #[message]
    fn say(&mut self) {}
}

fn main() {}
