#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[init]
    fn new() -> u32 {
        7
    }
}

fn main() {}
