//! This message is rustc's. A connection may move between threads while its callback is pending, so a value that the callback
//! holds across an `.await` must be `Send`. (`message` runs the callbacks for frames, `info` those for infos.)
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    async fn received(&mut self, text: &str) {
        let words = std::rc::Rc::new(text.len());
        tokio::task::yield_now().await;
        println!("{words}");
    }
}

fn main() {}
