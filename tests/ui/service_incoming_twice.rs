#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[incoming]
    fn received(&mut self, text: &str) {}

    #[incoming]
    fn ordered(&mut self, Json(order): Json<u32>) {}
}

fn main() {}
