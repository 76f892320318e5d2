//! The first of the two is what rustc says to any attribute on such a module.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom;

fn main() {}
