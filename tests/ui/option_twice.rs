#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", name = "a", name = "b")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
