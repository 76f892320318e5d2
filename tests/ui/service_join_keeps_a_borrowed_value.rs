#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[join]
    fn join(&mut self) -> &str {
        "guest"
    }
}

fn main() {}
