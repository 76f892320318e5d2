#![allow(unused)]

use ws_core::prelude::*;

macro_rules! echo {
    () => {
        #[text]
        fn echo(&mut self, text: &str) {}
    };
}

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    echo!();
}

fn main() {}
