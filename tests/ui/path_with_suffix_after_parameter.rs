#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/rooms/{room}.json")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
