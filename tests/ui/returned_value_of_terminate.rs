#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[terminate]
    fn gone(&mut self) -> String {
        "bye".to_owned()
    }
}

fn main() {}
