#![allow(unused)]

use ws_core::prelude::*;

#[websocket()]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
