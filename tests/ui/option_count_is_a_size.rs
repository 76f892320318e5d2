#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", max_fragments = "16KiB")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
