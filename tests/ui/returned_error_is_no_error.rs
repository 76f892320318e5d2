#![allow(unused)]

use ws_core::prelude::*;

struct Refused;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str) -> Result<(), Refused> {
        Err(Refused)
    }
}

fn main() {}
