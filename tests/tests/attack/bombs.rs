//! Many clients send small messages that inflate to large ones (C17).

use ws_core::Compression;
use ws_core::prelude::*;
use ws_tests::deflate::{Deflate, deflate};
use ws_tests::raw::{BINARY, CLOSE, TEXT, frame};
use ws_tests::{Server, until};

use super::{held, runtime};

const CLIENTS: usize = 10;
const LIMIT: usize = 256 << 10;
const INFLATED: usize = 2 << 20;

/// Replies with the length of each message.
#[derive(Default)]
struct Counts;

#[websocket]
impl Counts {
    #[binary]
    fn received(&mut self, bytes: &[u8]) -> String {
        bytes.len().to_string()
    }
}

/// Returns one message of a few KiB that inflates to 2 MiB.
fn bomb() -> Vec<u8> {
    let deflated = deflate(&vec![b'x'; INFLATED]);
    assert!(deflated.len() < LIMIT / 10, "{} bytes", deflated.len());
    let mut bomb = frame(true, BINARY, &deflated);
    bomb[0] |= 0x40;
    bomb
}

/// All clients send a bomb without its last byte, and then that byte. Returns the peak of allocated bytes. The server
/// answers with a close frame of `code`, or with a text if `code` is `None`.
fn exploding(limit: usize, code: Option<u16>) -> u64 {
    let runtime = runtime();
    let app = App::new().mount::<Counts>("/", ()).compress(Compression::new()).max_message_size(limit);
    let server = runtime.block_on(Server::start(app));
    let bomb = bomb();
    let (most, end) = bomb.split_at(bomb.len() - 1);
    held(&runtime, async {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(Deflate::connect(server.addr, "/").await);
        }
        let mut sent = 0;
        for bytes in [most, end] {
            for client in &mut clients {
                client.raw.send(bytes).await;
            }
            sent += CLIENTS * bytes.len();
            // Bytes after the protocol error are read but not counted.
            let read = if code.is_some() { CLIENTS * most.len() } else { sent };
            until(|| server.app.stats().bytes_in >= read as u64).await;
        }
        for client in &mut clients {
            let answer = client.raw.read().await.expect("an answer");
            match code {
                Some(code) => assert_eq!((answer.opcode, answer.close().0), (CLOSE, code)),
                None => assert_eq!((answer.opcode, answer.text()), (TEXT, &*INFLATED.to_string())),
            }
        }
    })
}

#[test]
fn c17_bombs_cost_each_no_more_than_a_message_may() {
    // A growing vector holds the old and the new buffer. The inflater's state takes 64 KiB.
    let most = (CLIENTS * (2 * LIMIT + LIMIT / 2)) as u64;
    let held = exploding(LIMIT, Some(1009));
    assert!(held < most, "{held} bytes");
    let lifted = exploding(usize::MAX, None);
    assert!(lifted > (CLIENTS * INFLATED) as u64 && lifted > 2 * most, "{lifted} bytes");
}
