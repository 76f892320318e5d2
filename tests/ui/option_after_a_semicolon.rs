#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom"; name = "custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
