#![allow(unused)]

use ws_core::prelude::*;

struct Refused;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new() -> Result<Self, Refused> {
        Err(Refused)
    }
}

fn main() {}
