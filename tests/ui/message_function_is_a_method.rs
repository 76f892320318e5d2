#![allow(unused)]

use ws_core::prelude::*;

struct Chat;

impl Chat {
    #[message]
    fn say(&mut self, text: &str) {}
}

fn main() {}
