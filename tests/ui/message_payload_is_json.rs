#![allow(unused)]

use serde::Deserialize;
use ws_core::prelude::*;

#[derive(Deserialize)]
struct Say {
    text: String,
}

#[websocket("/chat")]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {
    #[message]
    fn say(&mut self, Json(say): Json<Say>) {}
}

fn main() {}
