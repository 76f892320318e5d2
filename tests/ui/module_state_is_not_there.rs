//! This message is rustc's. The type of the state must be in scope in the module.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[text]
    fn received(seen: &mut Seen, text: &str) {}
}

fn main() {}
