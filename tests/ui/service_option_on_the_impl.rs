#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

#[service(inbox(messages = 64))]
impl Custom {}

fn main() {}
