#![allow(unused)]

use ws_core::prelude::*;

#[service("/custom", envelope(tag = "op"))]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[incoming]
    fn received(&mut self, text: &str) {}
}

fn main() {}
