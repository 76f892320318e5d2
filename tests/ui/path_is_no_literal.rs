#![allow(unused)]

use ws_core::prelude::*;

#[websocket(PATH)]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
