#![allow(unused)]

use ws_core::prelude::*;

#[service]
struct Custom;

#[service]
impl Custom {}

fn main() {}
