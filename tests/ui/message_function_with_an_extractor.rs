use axum::http::HeaderMap;
use ws_core::prelude::*;

#[message]
fn say(text: &str, headers: HeaderMap) {
    let _ = (text, headers);
}

fn main() {}
