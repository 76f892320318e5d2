use ws_core::prelude::*;

#[message]
fn say(text: String, page: PageSession, times: u8) {
    let _ = (text, page, times);
}

fn main() {}
