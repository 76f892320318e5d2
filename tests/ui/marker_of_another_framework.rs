//! The names of other frameworks, each with the marker that it has here.

#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[on_message]
    fn message(&mut self, text: &str) {}

    #[on_open]
    fn open(&mut self) {}

    #[on_close]
    fn close(&mut self) {}

    #[connect]
    fn connect(&mut self) {}

    #[disconnect]
    fn disconnect(&mut self) {}

    #[on_error]
    fn error(&mut self) {}

    #[event("say")]
    fn say(&mut self, text: &str) {}

    #[subscribe]
    fn news(&mut self) {}

    #[interval]
    fn tick(&mut self) {}

    #[on_ping]
    fn ping(&mut self) {}
}

fn main() {}
