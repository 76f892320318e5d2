//! All mistakes are reported, and none causes further errors.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("custom/:id", idle_timeout = "60", nme = "custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[txt]
    fn received(&mut self, text: &str) {}

    #[open]
    fn open(self, text: &str) {}
}

fn main() {}
