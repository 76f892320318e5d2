#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[on_message]
    fn message(&mut self, text: &str) {}

    #[on_connect]
    fn connect(&mut self) {}

    #[disconnect]
    fn disconnect(&mut self) {}

    #[subscribe]
    fn news(&mut self) {}
}

fn main() {}
