#![allow(unused)]

use ws_core::prelude::*;

struct Tick;
struct News;

fn send(room: &ServiceHandle<Custom>, app: &AppHandle) {
    room.info(Tick);
    app.broadcast::<Custom>(News);
}

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[info]
    fn tick(&mut self, tick: Tick) {}

    #[broadcast]
    fn news(&mut self, news: &News) {}

    #[incomming]
    fn received(&mut self, text: &str) {}
}

fn main() {}
