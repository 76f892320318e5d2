#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/files/*rest")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
