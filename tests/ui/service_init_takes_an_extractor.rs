#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[init]
    fn new(uri: http::Uri) -> Self {
        Custom
    }
}

fn main() {}
