#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/chat", heartbeat = "30s", idle_timeout = "20s")]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {}

fn main() {}
