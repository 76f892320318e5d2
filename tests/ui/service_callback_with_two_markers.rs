#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[join]
    #[rejoin]
    fn join(&mut self, member: &Member<Self>) {}
}

fn main() {}
