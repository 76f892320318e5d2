#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", max_connections = 1000)]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
