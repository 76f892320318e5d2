#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[info]
    fn notified(&mut self, number: u8) {}

    #[info]
    fn notified_too(&mut self, number: u8) {}
}

fn main() {}
