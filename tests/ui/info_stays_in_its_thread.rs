#![allow(unused)]

use ws_core::prelude::*;

use std::rc::Rc;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[info]
    fn notified(&mut self, info: Rc<str>) {}
}

fn main() {}
