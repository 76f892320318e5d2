use ws_core::prelude::*;

#[message]
struct Say;

fn main() {
    let _ = Say;
}
