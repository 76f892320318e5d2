#![allow(unused)]

use ws_core::prelude::*;

use std::cell::RefCell;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[broadcast]
    fn published(&mut self, news: &RefCell<String>) {}
}

fn main() {}
