#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom(std::rc::Rc<str>);

#[service]
impl Custom {
    #[join]
    async fn join(&mut self, member: &Member<Self>) -> u8 {
        7
    }

    #[incoming]
    async fn received(&mut self, member: &Member<Self>) {}

    #[info]
    async fn notified(&mut self, number: u8) {}

    #[broadcast]
    async fn announced(&mut self, number: &u8) {}
}

fn main() {}
