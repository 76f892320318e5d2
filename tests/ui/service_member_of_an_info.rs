#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[info]
    fn notified(&mut self, number: u32, member: &Member<Self>) {}
}

fn main() {}
