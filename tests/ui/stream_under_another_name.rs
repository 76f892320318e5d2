#![allow(unused)]

use ws_core::prelude::*;

use ws_core::MessageStream as Body;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[binary]
    async fn store(&mut self, body: Body) {}
}

fn main() {}
