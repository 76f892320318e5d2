#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[join]
    fn join(&mut self) {}

    #[join]
    async fn join_too(&mut self) {}
}

fn main() {}
