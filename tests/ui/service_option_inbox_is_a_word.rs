#![allow(unused)]

use ws_core::prelude::*;

#[service(inbox = "wait")]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {}

fn main() {}
