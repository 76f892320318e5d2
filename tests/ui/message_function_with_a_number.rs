use ws_core::prelude::*;

#[message(7)]
fn say(text: &str) {
    let _ = text;
}

fn main() {}
