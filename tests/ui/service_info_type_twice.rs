#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[info]
    fn told(&mut self, number: u8) {}

    #[info]
    fn told_too(&mut self, number: u8) {}
}

fn main() {}
