#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[error]
    fn failed(&mut self, error: &dyn std::error::Error) {}
}

fn main() {}
