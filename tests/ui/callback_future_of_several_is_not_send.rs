//! Where several callbacks of frames wait, rustc points at the handler, and the note says which value in which callback.

#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    async fn said(&mut self, text: &str) {
        let words = std::rc::Rc::new(text.len());
        tokio::task::yield_now().await;
        println!("{words}");
    }

    #[binary]
    async fn sent(&mut self) {}
}

fn main() {}
