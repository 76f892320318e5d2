#![allow(unused)]

use ws_core::prelude::*;

struct Other;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str, cx: &mut Context<Other>) {}
}

fn main() {}
