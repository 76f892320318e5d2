#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

impl Custom {
    #[binary]
    fn sent(&mut self, bytes: &[u8]) {}
}

fn main() {}
