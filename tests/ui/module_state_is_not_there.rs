//! The text is rustc's own: the state is a type that is in sight in the module.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[text]
    fn said(seen: &mut Seen, text: &str) {}
}

fn main() {}
