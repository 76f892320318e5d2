#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self) {}
}

#[websocket]
impl Custom {
    #[info]
    fn notified(&mut self, info: u32) {}
}

fn notify(socket: &Socket<Custom>) {
    socket.info(1_u32);
}

fn main() {}
