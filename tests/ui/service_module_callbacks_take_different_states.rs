#![allow(unused)]

use ws_core::prelude::*;

#[service]
mod custom {
    use ws_core::prelude::*;

    #[derive(Default)]
    struct Custom;

    #[incoming]
    fn received(custom: &mut Custom, text: &str) {}

    #[join]
    fn join(member: &mut Member<Custom>) {}
}

fn main() {}
