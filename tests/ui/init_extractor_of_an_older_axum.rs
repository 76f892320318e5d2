#![allow(unused)]

use axum07::extract::Path;
use ws_core::prelude::*;

#[websocket("/custom/{room}")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new(Path(room): Path<String>) -> Self {
        Self
    }
}

fn main() {}
