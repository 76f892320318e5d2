#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[incoming]
    fn received<'a>(&'a mut self, text: &'a str) {}
}

fn main() {}
