#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[incoming]
    async fn bytes(&mut self, bytes: &[u8]) {}

    #[incoming]
    async fn received(&mut self, text: &str) {
        let count = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(count);
    }
}

fn main() {}
