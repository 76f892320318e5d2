#![allow(unused)]

use ws_core::prelude::*;

#[service(inbox(message = 64))]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {}

fn main() {}
