//! This message is rustc's, as in an impl.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[open]
    async fn open(seen: &mut Seen) {}

    #[text]
    async fn received(seen: &mut Seen, text: &str) {
        let words = std::rc::Rc::new(text.len());
        tokio::task::yield_now().await;
        println!("{words}");
    }

    #[binary]
    async fn sent(seen: &mut Seen) {}
}

fn main() {}
