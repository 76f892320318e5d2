//! This message is rustc's, and there is no other: the macro does not read bodies, so completion keeps working.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str) -> String {
        let words = ;
        text.
    }
}

fn main() {}
