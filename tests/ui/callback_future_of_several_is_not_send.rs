//! Where several callbacks wait, rustc points at the name of the one that is at fault, or at what it returns. The note says
//! which value, and which `.await`.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    async fn said(&mut self, text: &str) -> String {
        let words = std::rc::Rc::new(text.len());
        tokio::task::yield_now().await;
        words.to_string()
    }

    #[binary]
    async fn sent(&mut self) {}
}

fn main() {}
