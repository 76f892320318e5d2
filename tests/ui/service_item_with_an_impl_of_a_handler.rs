#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[join]
    fn join(&mut self, member: &Member<Self>) {}

    #[incoming]
    fn received(&mut self, text: &str) {}

    #[close]
    fn gone(&mut self) {}
}

fn main() {}
