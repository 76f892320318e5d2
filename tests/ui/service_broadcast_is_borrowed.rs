#![allow(unused)]

use ws_core::prelude::*;

struct Words<'a>(&'a str);

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[broadcast]
    fn notified(&mut self, words: &Words<'_>) {}
}

fn main() {}
