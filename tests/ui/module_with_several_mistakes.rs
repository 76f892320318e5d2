//! All mistakes are reported, and none causes further errors.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("custom", idle_timeout = "60")]
mod custom {
    #[derive(Default)]
    pub struct Seen;

    #[txt]
    fn received(seen: &mut Seen, text: &str) {}

    #[open]
    fn open(seen: &Seen) {}

    #[ping]
    fn pinged(seen: &mut Seen, bytes: &[u8], more: &[u8]) {}
}

fn is_there(socket: &Socket<custom::Seen>) -> bool {
    socket.is_open()
}

fn main() {}
