//! A client never reads while the server sends to all clients. The queue of that client is bounded, and no other client
//! waits for it.

use ws_core::Overflow;
use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::{BINARY, HEADERS, Raw};

use super::{Echo, held, runtime};

const READERS: usize = 10;
const ROUNDS: u16 = 1500;
const SIZE: usize = 16 << 10;
/// The byte limit of the mailbox. The message limit is never reached.
const BOUND: usize = 1 << 20;
/// The system's buffers for a connection, on both sides.
const BUFFERS: u64 = 8 << 20;

/// Returns the payload of a round. Each connection gets its own copy, so that queued messages show up as allocations.
fn payload(round: u16) -> Vec<u8> {
    let mut payload = vec![0; SIZE];
    payload[..2].copy_from_slice(&round.to_be_bytes());
    payload
}

/// Sends to all connections, round after round. Each reader receives the message of a round before the next round
/// begins. Returns the peak of allocated bytes.
fn broadcast(server: &Server, runtime: &tokio::runtime::Runtime) -> u64 {
    held(runtime, async {
        let mut deaf = Raw::open_with_small_buffers(server.addr).await;
        assert_eq!(deaf.request("GET", "/", &HEADERS).await.status, 101);
        let mut readers = Vec::new();
        for _ in 0..READERS {
            readers.push(Raw::connect(server.addr, "/").await);
        }
        for round in 0..ROUNDS {
            for socket in server.app.sockets::<Echo>() {
                socket.send(payload(round));
            }
            for reader in &mut readers {
                let frame = reader.read().await.expect("an open connection");
                assert_eq!((frame.opcode, frame.payload.len()), (BINARY, SIZE));
                assert_eq!(frame.payload[..2], round.to_be_bytes(), "in order, without gaps");
            }
        }
        drop(deaf);
    })
}

#[test]
fn c13_a_client_that_never_reads_costs_a_mailbox_and_nobodys_delivery() {
    // The mailbox, and the data in flight of each connection.
    let most = (2 * BOUND) as u64;
    for overflow in [Overflow::Close, Overflow::DropOldest, Overflow::DropNewest] {
        let runtime = runtime();
        let app = App::new()
            .mount::<Echo>("/", ())
            .mailbox_messages(256)
            .mailbox_bytes(BOUND)
            .mailbox_overflow(overflow);
        let server = runtime.block_on(Server::start(app));
        let held = broadcast(&server, &runtime);
        assert!(held < most, "{overflow:?}: {held} bytes");
        let stats = server.app.stats();
        assert_eq!(stats.ended("overflow"), u64::from(overflow == Overflow::Close), "{stats:?}");
        assert!(stats.dropped > 0, "{stats:?}");
    }
}

#[test]
fn with_no_bound_on_its_mailbox_a_client_that_never_reads_costs_the_size_of_its_messages() {
    let runtime = runtime();
    let app = App::new().mount::<Echo>("/", ()).mailbox_bytes(usize::MAX);
    let server = runtime.block_on(Server::start(app));
    let held = broadcast(&server, &runtime);
    let sent = u64::from(ROUNDS) * SIZE as u64;
    assert!(held > sent - BUFFERS, "{held} bytes of {sent}");
}
