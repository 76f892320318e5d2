#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/rooms?id={id}")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
