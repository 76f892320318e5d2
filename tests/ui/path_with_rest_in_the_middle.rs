#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/files/{*rest}/edit")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

fn main() {}
