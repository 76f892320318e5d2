#![allow(unused)]

use ws_core::prelude::*;

trait Receive {
    fn received(&mut self, text: &str);
}

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {}

impl Receive for Custom {
    #[text]
    fn received(&mut self, text: &str) {}
}

fn main() {}
