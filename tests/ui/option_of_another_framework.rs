#![allow(unused)]

use ws_core::prelude::*;

#[websocket(
    "/custom",
    ping_interval = "5s",
    timeout = "5s",
    max_payload_size = "1MiB",
    protocols = ["v1"],
    cors = "any",
    compression = "off",
    queue = 64
)]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
