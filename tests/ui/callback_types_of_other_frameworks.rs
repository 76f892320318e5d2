#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
#[derive(Default)]
struct Custom;

#[websocket]
impl Custom {
    #[open]
    fn started(&mut self, ctx: &mut WebsocketContext<Self>) {
        ctx.text("hello");
    }

    #[text]
    fn received(&mut self, socket: SocketRef, Data(text): Data<String>) {
        socket.emit("echo", text);
    }

    #[terminate]
    fn ended(&mut self, frame: Option<CloseFrame>) {}
}

fn main() {}
