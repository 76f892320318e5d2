use ws_core::prelude::*;

#[message("ws:say")]
fn say(text: &str) {
    let _ = text;
}

fn main() {}
