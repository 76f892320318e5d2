#![allow(unused)]

use std::pin::Pin;

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self) -> Pin<Box<dyn Future<Output = String> + Send>> {
        Box::pin(async { "words".to_owned() })
    }
}

fn main() {}
