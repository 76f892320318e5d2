#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    use std::borrow::Cow;

    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn received(seen: &mut Seen, text: &str) -> Cow<str> {
        text.into()
    }
}

fn main() {}
