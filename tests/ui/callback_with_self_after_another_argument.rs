//! This message is rustc's, and there is no other.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(cx: &mut Context<Self>, &mut self, text: &str) {}
}

fn main() {}
