#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self) -> impl Future<Output = String> {
        async { "words".to_owned() }
    }
}

fn main() {}
