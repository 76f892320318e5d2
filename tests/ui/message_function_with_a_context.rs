use ws_core::prelude::*;

#[message]
fn say(text: String, cx: &mut PageSession) {
    let _ = (text, cx);
}

fn main() {}
