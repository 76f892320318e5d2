//! The text is rustc's own, and comes once for the struct and once for each callback, since a connection may move between
//! threads, and its handler with it. Write `Arc` in place of `Rc`, and `Mutex` in place of `RefCell` where it is shared.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom {
    count: std::rc::Rc<usize>,
}

#[websocket]
impl Custom {}

fn main() {}
