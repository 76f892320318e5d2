#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[open]
    fn open(&mut self, headers: axum::http::HeaderMap) {}
}

fn main() {}
