//! rustc reports the first error for every attribute macro on such a module, before it calls the macro. The second error shows
//! the fix.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom;

fn main() {}
