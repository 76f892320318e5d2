#![allow(unused)]

use ws_core::prelude::*;

#[text]
fn received(text: &str) {}

fn main() {}
