#![allow(unused)]

use ws_core::prelude::*;

#[service]
enum Custom {}

fn main() {}
