#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
enum Custom {
    Quiet,
    Loud,
}

fn main() {}
