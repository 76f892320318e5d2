//! Infos and broadcasts are still received, so their uses are no further errors.

#![allow(unused)]

use ws_core::prelude::*;

struct Tick;
struct News;

fn send(socket: &Socket<Custom>, app: &AppHandle) {
    socket.info(Tick);
    app.broadcast::<Custom>(News);
}

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[info]
    fn tick(&mut self, tick: Tick) {}

    #[broadcast]
    fn news(&mut self, news: &News) {}

    #[txt]
    fn received(&mut self, text: &str) {}
}

fn main() {}
