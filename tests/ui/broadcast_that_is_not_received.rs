#![allow(unused)]

use ws_core::prelude::*;

struct News;

struct Bye;

fn send(app: &AppHandle) {
    app.broadcast::<Custom>(News);
    app.broadcast::<Custom>(Bye);
}

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[broadcast]
    fn news(&mut self, news: &News) {}
}

fn main() {}
