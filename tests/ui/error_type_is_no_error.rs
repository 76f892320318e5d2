#![allow(unused)]

use ws_core::prelude::*;

struct SoldOut;

#[websocket("/shop")]
#[derive(Default)]
struct Shop;

#[websocket]
impl Shop {
    #[error]
    fn sold_out(&mut self, error: SoldOut) -> String {
        "sold out".to_owned()
    }
}

fn main() {}
