#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[init]
    fn new(cx: ServiceContext<Self>) -> Self {
        cx.spawn(async { 5_u8 });
        Self
    }
}

fn main() {}
