//! This message is rustc's. Routes of axum are in a router, which `App::fallback` takes.
#![allow(unused)]

use ws_core::prelude::*;

async fn index() {}

fn main() {
    let app = App::new().route("/", axum::routing::get(index));
}
