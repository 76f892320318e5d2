#![allow(unused)]

use ws_core::prelude::*;

use axum::extract::Path;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, Path(room): Path<String>) {}
}

fn main() {}
