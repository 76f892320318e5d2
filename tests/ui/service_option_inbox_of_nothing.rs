#![allow(unused)]

use ws_core::prelude::*;

#[service(inbox(messages = 0))]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {}

fn main() {}
