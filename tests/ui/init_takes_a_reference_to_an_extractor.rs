#![allow(unused)]

use ws_core::prelude::*;

#[derive(Clone)]
struct Db;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new(State(db): &State<Db>) -> Self {
        Self
    }
}

fn main() {}
