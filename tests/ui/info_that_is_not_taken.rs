#![allow(unused)]

use ws_core::prelude::*;

struct Tick;

struct Bye;

fn send(socket: &Socket<Custom>) {
    socket.info(Tick);
    socket.info(Bye);
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
