#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    pub struct Tick;

    #[info]
    fn tick(seen: &mut Seen, tick: Tick) {}
}

struct Bye;

fn send(socket: &Socket<custom::Seen>) {
    socket.info(custom::Tick);
    socket.info(Bye);
}

fn main() {}
