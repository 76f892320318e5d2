#![allow(unused)]

use ws_core::prelude::*;

struct Custom<'a>(&'a str);

#[service]
impl Custom<'_> {
    #[incoming]
    fn received(&mut self, text: &str) {}
}

fn main() {}
