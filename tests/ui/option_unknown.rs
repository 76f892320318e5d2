#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", idle_timout = "60s")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
