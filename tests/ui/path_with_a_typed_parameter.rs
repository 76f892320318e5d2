#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom/{id: u32}")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
