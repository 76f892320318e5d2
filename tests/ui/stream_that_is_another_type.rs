#![allow(unused)]

use ws_core::prelude::*;

struct MessageStream;

#[websocket("/uploads", max_message_size = "1GiB")]
#[derive(Default)]
struct Uploads;

#[websocket]
impl Uploads {
    #[binary]
    async fn store(&mut self, body: MessageStream) {}
}

fn main() {}
