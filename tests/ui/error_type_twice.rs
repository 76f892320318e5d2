#![allow(unused)]

use ws_core::BadPayload;
use ws_core::prelude::*;

#[websocket("/shop")]
#[derive(Default)]
struct Shop;

#[websocket]
impl Shop {
    #[error]
    fn bad(&mut self, error: BadPayload) {}

    #[error]
    fn worse(&mut self, error: BadPayload) {}
}

fn main() {}
