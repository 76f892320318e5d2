//! Both messages are rustc's. The marker is the first line: `#[text]`, then `pub fn`.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    pub #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
