//! This message is rustc's. A connection may move between threads, and its handler with it. Use `Arc` instead of `Rc`, and
//! `Mutex` instead of `RefCell` if the value is shared.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom {
    count: std::rc::Rc<usize>,
}

#[websocket]
impl Custom {
    #[text]
    async fn received(&mut self, text: &str) {
        tokio::task::yield_now().await;
    }

    #[binary]
    async fn sent(&mut self) {}

    #[info]
    async fn notified(&mut self, notified: u8) {}
}

fn main() {}
