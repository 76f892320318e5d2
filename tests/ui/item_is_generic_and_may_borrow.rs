#![allow(unused)]

use ws_core::prelude::*;

#[derive(Default)]
struct Relay<T>(T);

#[websocket]
impl<T: Default> Relay<T> {
    #[text]
    fn received(&mut self, text: &str) {}

    #[binary]
    async fn sent(&mut self, bytes: &[u8]) {}
}

fn main() {}
