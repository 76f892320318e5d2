#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/rooms/{id}")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

#[websocket("/rooms/{name}")]
#[derive(Default)]
struct Other;

#[websocket]
impl Other {}

fn main() {}
