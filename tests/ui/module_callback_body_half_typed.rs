//! The text is rustc's own, and there is no other: a module's functions are read as an impl's are.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn said(seen: &mut Seen, text: &str) -> String {
        let words = ;
        text.
    }
}

fn main() {}
