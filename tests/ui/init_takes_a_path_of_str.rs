#![allow(unused)]

use axum::extract::Path;
use ws_core::prelude::*;

#[websocket("/custom/{room}")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new(Path(room): Path<&str>) -> Self {
        Self
    }
}

fn main() {}
