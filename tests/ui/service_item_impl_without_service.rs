#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

impl Custom {
    #[join]
    fn join(&mut self, member: &Member<Self>) {}

    #[incoming]
    fn received(&mut self, text: &str) {}
}

fn main() {}
