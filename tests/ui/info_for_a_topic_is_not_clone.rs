#![allow(unused)]

use ws_core::prelude::*;

struct Tick;

fn tick(app: &AppHandle) {
    app.info_topic::<Custom>("clock", Tick);
}

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[info]
    fn tick(&mut self, tick: Tick) {}
}

fn main() {}
