#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[incoming]
    fn received(&mut self, text: &str, cx: &mut ServiceContext<Self>) {}
}

fn main() {}
