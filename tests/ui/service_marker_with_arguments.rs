#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[join(first)]
    fn join(&mut self) {}
}

fn main() {}
