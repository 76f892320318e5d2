//! If several callbacks are async, rustc points at the name or the return type of the one that is wrong. The note shows the
//! value and the `.await`.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    async fn received(&mut self, text: &str) -> String {
        let words = std::rc::Rc::new(text.len());
        tokio::task::yield_now().await;
        words.to_string()
    }

    #[binary]
    async fn sent(&mut self) {}
}

fn main() {}
