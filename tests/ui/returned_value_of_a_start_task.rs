#![allow(unused)]

use ws_core::prelude::*;

async fn feed(app: AppHandle) -> u64 {
    0
}

fn main() {
    App::discover().on_start(feed);
}
