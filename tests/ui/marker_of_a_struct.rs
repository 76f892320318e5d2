#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[text]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
