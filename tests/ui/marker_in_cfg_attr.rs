#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[cfg_attr(unix, text)]
    fn received(&mut self, text: &str) {}
}

fn main() {}
