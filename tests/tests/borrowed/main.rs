//! Replies that borrow: from the payload, from the handler and from the context.

mod places;
mod types;

use ws_core::{App, Handler};
use ws_tests::Server;
use ws_tests::raw::{BINARY, PING, PONG, Raw, TEXT};

/// Sends `message`, reads `count` replies or the close, and checks that no other reply follows.
async fn answers<H: Handler>(opcode: u8, message: &[u8], count: usize) -> Vec<String> {
    let server = Server::start(App::new().mount::<H>("/{room}", ())).await;
    let mut client = Raw::connect(server.addr, "/kitchen").await;
    client.frame(opcode, message).await;
    let mut replies = Vec::new();
    loop {
        if replies.len() == count {
            client.frame(PING, b"last").await;
        }
        let frame = client.read().await.expect("an answer");
        match frame.opcode {
            TEXT => replies.push(frame.text().to_owned()),
            BINARY => replies.push(format!("{:?}", frame.payload)),
            PONG => return replies,
            _ => {
                replies.push(format!("close {}", frame.close().0));
                return replies;
            }
        }
    }
}
