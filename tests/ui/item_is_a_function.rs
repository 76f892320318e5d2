#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
async fn custom(text: &str) {}

fn main() {}
