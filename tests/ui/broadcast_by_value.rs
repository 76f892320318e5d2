#![allow(unused)]

use ws_core::prelude::*;

struct News;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[broadcast]
    fn news(&mut self, news: News) {}
}

fn main() {}
