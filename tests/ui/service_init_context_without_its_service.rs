#![allow(unused)]

use ws_core::prelude::*;

#[service]
struct Custom;

#[service]
impl Custom {
    #[init]
    fn new(cx: ServiceContext) -> Self {
        Self
    }
}

fn main() {}
