#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", rate_limit(burst = 40, exceeded = "disconnect"))]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
