#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom", origins = ["example.com"])]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
