#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", heartbeat = 25)]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
