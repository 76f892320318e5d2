#![allow(unused)]

use ws_core::prelude::*;

#[websocket("ws://localhost:8080/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
