#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/relay")]
struct Relay<T>(T);

fn main() {}
