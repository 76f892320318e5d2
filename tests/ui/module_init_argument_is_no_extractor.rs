#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[derive(Clone)]
    pub struct Db;

    #[init]
    fn new(db: Db) -> Seen {
        Seen
    }

    #[text]
    fn received(seen: &mut Seen, text: &str) {}
}

fn main() {}
