#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", compress = true)]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
