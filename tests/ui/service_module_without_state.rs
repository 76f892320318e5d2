#![allow(unused)]

use ws_core::prelude::*;

#[service]
mod custom {
    pub struct Custom;
}

fn main() {}
