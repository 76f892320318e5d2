#![allow(unused)]

use ws_core::prelude::*;

#[service(inbox(messages = 64), inbox(bytes = "1MiB"))]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {}

fn main() {}
