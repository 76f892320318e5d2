//! The first of the two is what rustc says to any attribute macro on such a module, before it asks the macro; the second says
//! what to write.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom;

fn main() {}
