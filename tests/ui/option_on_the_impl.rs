#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket(idle_timeout = "60s")]
impl Custom {}

fn main() {}
