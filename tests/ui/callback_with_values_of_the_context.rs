#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str, socket: Socket<Self>) {}

    #[binary]
    fn sent(&mut self, bytes: &[u8], hub: &Hub) {}

    #[open]
    fn open(&mut self, app: AppHandle) {}
}

fn main() {}
