use ws_core::prelude::*;

struct Say;

#[message]
fn say(say: Say) {
    let _ = say;
}

fn main() {}
