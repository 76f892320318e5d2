#![allow(unused)]

use ws_core::prelude::*;

struct Db;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new(db: &Db) -> Self {
        Self
    }
}

fn main() {}
