#![allow(unused)]

use ws_core::prelude::*;

const PATH: &str = "/custom";

#[service(PATH)]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {}

fn main() {}
