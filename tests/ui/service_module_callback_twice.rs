#![allow(unused)]

use ws_core::prelude::*;

#[service]
mod custom {
    use ws_core::prelude::*;

    #[derive(Default)]
    struct Custom;

    #[incoming]
    fn said(custom: &mut Custom, text: &str) {}

    #[incoming]
    fn said_too(custom: &mut Custom, text: String) {}
}

fn main() {}
