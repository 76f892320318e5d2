#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", max_message_size = "1mb")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
