#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new(Json(order): Json<u32>) -> Self {
        Self
    }
}

fn main() {}
