#![allow(unused)]

use ws_core::ErrorReply;
use ws_core::prelude::*;

struct SoldOut;

fn stock() -> Result<String, SoldOut> {
    Err(SoldOut)
}

#[websocket("/shop")]
#[derive(Default)]
struct Shop;

#[websocket]
impl Shop {
    #[text]
    fn order(&mut self) -> Result<String, ErrorReply> {
        Ok(stock()?)
    }
}

fn main() {}
