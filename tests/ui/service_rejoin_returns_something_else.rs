#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[rejoin]
    fn again(&mut self) -> bool {
        true
    }
}

fn main() {}
