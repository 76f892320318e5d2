#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
