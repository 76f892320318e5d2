#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Shop;

#[service]
impl Shop {
    #[error]
    fn failed(&mut self, member: &Member<Self>) {}
}

fn main() {}
