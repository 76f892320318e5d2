use ws_core::prelude::*;

#[message]
fn say(text: String, page: &mut PageSession) {
    page.send_event("said", &text);
}

fn main() {}
