#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", rate_limit = 20)]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
