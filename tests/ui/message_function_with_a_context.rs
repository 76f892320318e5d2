use ws_core::prelude::*;

#[message]
fn say(text: String, cx: &mut Context<Say>) {
    let _ = (text, cx);
}

fn main() {}
