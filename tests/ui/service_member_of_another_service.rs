#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Other;

#[service]
impl Other {}

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[incoming]
    fn received(&mut self, member: &Member<Other>, text: &str) {}
}

fn main() {}
