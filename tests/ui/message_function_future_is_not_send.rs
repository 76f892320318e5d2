use std::rc::Rc;

use ws_core::prelude::*;

#[message]
async fn say(text: String) {
    let shared = Rc::new(text);
    tokio::task::yield_now().await;
    drop(shared);
}

fn main() {}
