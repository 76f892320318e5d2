//! The text is rustc's own: a marker means something in the module under `#[websocket("/path")]` alone, so write that above the
//! module. `#[test]` is not meant.
#![allow(unused)]

use ws_core::prelude::*;

mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn said(seen: &mut Seen, text: &str) {}
}

fn main() {}
