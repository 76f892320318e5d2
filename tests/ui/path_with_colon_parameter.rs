#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/rooms/:room")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
