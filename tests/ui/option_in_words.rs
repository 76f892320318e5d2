#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", max_message_size = "1.5 megabytes", idle_timeout = "1m30s", heartbeat = "30 seconds")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
