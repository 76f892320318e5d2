#![allow(unused)]

use ws_core::BadPayload;
use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Shop;

#[service]
impl Shop {
    #[error]
    fn failed(&mut self, bad: BadPayload, error: std::io::Error) {}
}

fn main() {}
