#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", close_timeout = "never")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
