#![allow(unused)]

use ws_core::prelude::*;

struct Price(u32);

#[websocket("/prices")]
#[derive(Default)]
struct Prices;

#[websocket]
impl Prices {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.send(Price(1));
    }
}

fn main() {}
