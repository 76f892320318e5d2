#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/uploads", max_message_size = "1GiB")]
#[derive(Default)]
struct Uploads;

#[websocket]
impl Uploads {
    #[binary]
    async fn store(&mut self, body: &mut MessageStream) {
        while let Some(part) = body.next().await {}
    }
}

fn main() {}
