#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", inbox(messages = 16))]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
