#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/rooms/{}")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
