#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    use axum::extract::Path;
    use ws_core::prelude::*;

    #[derive(Default)]
    pub struct Seen;

    #[text]
    fn received(seen: &mut Seen, Path(room): Path<String>, text: &str) {}
}

fn main() {}
