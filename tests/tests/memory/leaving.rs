//! Data for a client that does not read.

use ws_core::Overflow;
use ws_core::prelude::*;
use ws_tests::raw::{BINARY, HEADERS, Raw, TEXT, frame};

use super::{Row, Setting};

/// The connections that are filled. Each also fills megabytes of the system's buffers.
const DEAF: usize = 4;

const REPLY: usize = 1 << 20;

/// Echoes.
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }

    #[binary]
    fn binary(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }
}

/// The bounds of the mailbox are its defaults. Without [`Overflow::Close`] the connections stay open at the bound.
fn setting() -> Setting {
    Setting::new(App::new().mount::<Echo>("/", ()).mailbox_overflow(Overflow::DropNewest))
}

fn deaf(setting: &Setting) -> Vec<Raw> {
    setting.runtime.block_on(async {
        let mut deaf = Vec::new();
        for _ in 0..DEAF {
            let mut raw = Raw::open_with_small_buffers(setting.server.addr).await;
            assert_eq!(raw.request("GET", "/", &HEADERS).await.status, 101);
            deaf.push(raw);
        }
        deaf
    })
}

/// Sends until the server reads no more.
async fn flood(client: &mut Raw, bytes: &[u8]) {
    let moment = std::time::Duration::from_millis(100);
    while tokio::time::timeout(moment, client.send(bytes)).await.is_ok() {}
}

#[test]
fn frames_that_wait_to_be_written() {
    let setting = setting();
    let mut deaf = deaf(&setting);
    let bytes = frame(true, TEXT, &[b'x'; 1000]).repeat(64);
    let held = setting.held(async {
        for client in &mut deaf {
            flood(client, &bytes).await;
        }
    });
    Row::of("frames that wait to be written").assert_held(held, DEAF);
}

#[test]
fn a_reply_that_waits_to_be_written() {
    let setting = setting();
    let mut deaf = deaf(&setting);
    let bytes = frame(true, BINARY, &vec![7; REPLY]);
    let held = setting.held(async {
        for client in &mut deaf {
            flood(client, &bytes).await;
        }
    });
    // The row does not count the last reply.
    let rows = ["frames that wait to be written", "a message that is read ahead, or arrives"];
    Row::all(&rows).assert_held(held - DEAF * REPLY, DEAF);
}

#[test]
fn the_mailbox() {
    let setting = setting();
    let deaf = deaf(&setting);
    let held = setting.held(async {
        for socket in setting.server.app.sockets::<Echo>() {
            // One at a time, so that the connection writes as much as it can.
            while socket.send(vec![7; 8 << 10]).is_queued() {
                tokio::task::yield_now().await;
            }
        }
    });
    drop(deaf);
    Row::all(&["the mailbox", "frames that wait to be written"]).assert_held(held, DEAF);
}
