#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/uploads", max_message_size = "1GiB")]
#[derive(Default)]
struct Uploads;

#[websocket]
impl Uploads {
    #[message]
    async fn store(&mut self, mut body: MessageStream) {
        while let Some(part) = body.next().await {}
    }
}

fn main() {}
