#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/uploads", max_message_size = "1GiB")]
#[derive(Default)]
struct Uploads;

#[websocket]
impl Uploads {
    #[binary]
    async fn store(&mut self, mut body: MessageStream, bytes: &[u8]) {
        while let Some(part) = body.next().await {}
    }
}

fn main() {}
