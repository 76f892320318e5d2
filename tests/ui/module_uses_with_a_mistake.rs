#![allow(unused)]

use ws_core::prelude::*;

struct Tick;
struct News;

fn send(socket: &Socket<custom::Custom>, app: &AppHandle) {
    socket.info(Tick);
    app.broadcast::<custom::Custom>(News);
}

#[websocket("/custom")]
mod custom {
    use ws_core::prelude::*;

    use super::{News, Tick};

    #[derive(Default)]
    pub struct Custom;

    #[info]
    fn tick(custom: &mut Custom, tick: Tick) {}

    #[broadcast]
    fn news(custom: &mut Custom, news: &News) {}

    #[txt]
    fn received(custom: &mut Custom, text: &str) {}
}

fn main() {}
