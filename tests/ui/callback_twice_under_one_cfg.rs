#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[cfg(unix)]
    #[text]
    fn received(&mut self, text: &str) {}

    #[cfg(unix)]
    #[text]
    fn received_too(&mut self, text: &str) {}
}

fn main() {}
