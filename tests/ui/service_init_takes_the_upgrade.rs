#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        Custom
    }
}

fn main() {}
