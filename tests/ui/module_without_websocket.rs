//! This message is rustc's. A marker has a meaning only in a module with `#[websocket("/path")]`, so add the attribute to the
//! module. Ignore the suggestions.
#![allow(unused)]

use ws_core::prelude::*;

mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn received(seen: &mut Seen, text: &str) {}
}

fn main() {}
