#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Chat;

#[service]
impl Chat {
    #[incoming]
    fn received(&mut self, member: &Member<Self>, text: &str) {}

    #[message]
    fn say(&mut self, member: &Member<Self>) {}
}

fn main() {}
