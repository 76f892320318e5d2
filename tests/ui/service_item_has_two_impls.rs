#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[join]
    fn join(&mut self) {}
}

#[service]
impl Custom {
    #[close]
    fn gone(&mut self) {}
}

fn main() {}
