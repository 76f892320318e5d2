#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/shop")]
#[derive(Default)]
struct Shop;

#[websocket]
impl Shop {
    #[error]
    fn failed(&mut self) {}
}

fn main() {}
