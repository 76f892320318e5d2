#![allow(unused)]

use ws_core::prelude::*;

// Of `axum::extract::ws`.
struct WebSocketUpgrade;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[join]
    fn join(&mut self, upgrade: WebSocketUpgrade) {}
}

fn main() {}
