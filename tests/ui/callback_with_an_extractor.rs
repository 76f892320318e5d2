#![allow(unused)]

use ws_core::prelude::*;

use axum::extract::Path;

#[derive(Clone)]
struct Db;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, Path(room): Path<String>, text: &str) {}

    #[binary]
    fn bytes(&mut self, bytes: &[u8], State(db): State<Db>) {}
}

fn main() {}
