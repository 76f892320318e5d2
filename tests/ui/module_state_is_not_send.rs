//! This message is rustc's. A connection may move between threads, and its state with it.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen(std::rc::Rc<usize>);

    #[text]
    async fn received(seen: &mut Seen, text: &str) {
        tokio::task::yield_now().await;
    }

    #[binary]
    async fn sent(seen: &mut Seen) {}
}

fn main() {}
