#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", compress(level = 11))]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
