use ws_core::prelude::*;

struct Said;

#[message]
async fn say(text: String) -> Said {
    let _ = text;
    Said
}

fn main() {}
