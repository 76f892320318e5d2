#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
union Custom {
    small: u8,
    large: u64,
}

fn main() {}
