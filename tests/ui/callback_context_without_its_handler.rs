//! This message is rustc's. The handler stands in angle brackets: write `cx: &mut Context<Self>`.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str, cx: &mut Context) {}
}

fn main() {}
