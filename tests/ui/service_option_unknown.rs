#![allow(unused)]

use ws_core::prelude::*;

#[service(inbx(messages = 64))]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {}

fn main() {}
