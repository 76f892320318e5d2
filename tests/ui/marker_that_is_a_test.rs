//! This message is rustc's: `#[test]` resembles `#[text]`, but is not treated as a misspelt marker.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[test]
    fn received(&mut self) {}
}

fn main() {}
