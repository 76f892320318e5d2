#![allow(unused)]

use ws_core::prelude::*;

#[service]
mod custom {
    use ws_core::prelude::*;

    #[derive(Default)]
    struct Custom;

    #[incoming]
    fn received(custom: &mut Custom, text: &str) {}

    #[incoming]
    fn received_too(custom: &mut Custom, text: String) {}
}

fn main() {}
