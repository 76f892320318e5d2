#![allow(unused)]

use ws_core::prelude::*;

#[derive(Default)]
struct Relay<T>(T);

#[service]
impl<T: Default> Relay<T> {
    #[incoming]
    async fn received(&mut self, text: &str) {}
}

fn main() {}
