#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[close]
    fn gone(&mut self, reason: Terminate) {}
}

fn main() {}
