#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
struct Custom<'a>(&'a str);

fn main() {}
