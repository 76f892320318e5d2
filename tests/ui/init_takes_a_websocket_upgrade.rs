#![allow(unused)]

use ws_core::prelude::*;

// Of `axum::extract::ws`.
struct WebSocketUpgrade;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new(upgrade: WebSocketUpgrade) -> Self {
        Self
    }
}

fn main() {}
