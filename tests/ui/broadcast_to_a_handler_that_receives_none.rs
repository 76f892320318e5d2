#![allow(unused)]

use ws_core::prelude::*;

struct News;

fn send(app: &AppHandle) {
    app.broadcast::<Custom>(News);
}

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
}

fn main() {}
