#![allow(unused)]

use ws_core::prelude::*;

#[derive(Default)]
struct Custom;

impl Custom {
    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
