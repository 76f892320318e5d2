#![allow(unused)]

use ws_core::prelude::*;

#[service(mailbox(overflow = "wait"))]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {}

fn main() {}
