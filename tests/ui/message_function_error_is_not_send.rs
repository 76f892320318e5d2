//! `Box<dyn Error>` may hold an error that stays in its thread.

use std::error::Error;

use ws_core::prelude::*;

#[message]
fn count(text: &str) -> Result<usize, Box<dyn Error>> {
    Ok(text.parse()?)
}

fn main() {}
