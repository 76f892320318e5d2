#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[broadcast]
    fn notified(&mut self, words: String) {}
}

fn main() {}
