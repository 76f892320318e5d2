//! This message is rustc's, and there is no other: the functions of a module are read like the methods of an impl.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn received(seen: &mut Seen, text: &str) -> String {
        let words = ;
        text.
    }
}

fn main() {}
