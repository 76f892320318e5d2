#![allow(unused)]

use ws_core::prelude::*;

#[websocket]
impl String {
    #[text]
    fn received(&mut self, text: &str) {}
}

#[websocket]
impl std::sync::Mutex<u32> {
    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
