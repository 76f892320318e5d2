#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/shop")]
#[derive(Default)]
struct Shop;

#[websocket]
impl Shop {
    #[error]
    fn failed(&mut self, error: String) -> String {
        error
    }
}

fn main() {}
