#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", idle_timeout = "60")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
