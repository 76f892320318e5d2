#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/uploads", max_message_size = "1GiB")]
#[derive(Default)]
struct Uploads;

#[websocket]
impl Uploads {
    #[binary]
    fn store(&mut self, body: MessageStream) -> String {
        String::new()
    }
}

fn main() {}
