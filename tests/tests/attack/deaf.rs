//! A client that never reads, while the server sends to all of them: what waits for it is bounded, and nobody waits with
//! it.

use ws_core::Overflow;
use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::{BINARY, HEADERS, Raw};

use super::{Echo, held, runtime};

const READERS: usize = 10;
const ROUNDS: u16 = 1500;
const SIZE: usize = 16 << 10;
/// The mailbox's, in bytes; as many messages would be more.
const BOUND: usize = 1 << 20;
/// What the system keeps for a connection besides, on both sides.
const BUFFERS: u64 = 8 << 20;

/// What is sent in this round: each connection's own copy, so that what waits is seen in memory.
fn payload(round: u16) -> Vec<u8> {
    let mut payload = vec![0; SIZE];
    payload[..2].copy_from_slice(&round.to_be_bytes());
    payload
}

/// Sends to all, round after round; each reader has what a round brought before the next begins. How many bytes were
/// held at most.
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
    // The mailbox, and what each connection has under way.
    let most = (2 * BOUND) as u64;
    for overflow in [Overflow::Close, Overflow::DropOldest, Overflow::DropNewest] {
        let runtime = runtime();
        let app = App::empty().mount::<Echo>("/", ()).mailbox(256, BOUND, overflow);
        let server = runtime.block_on(Server::start(app));
        let held = broadcast(&server, &runtime);
        assert!(held < most, "{overflow:?}: {held} bytes");
        let stats = server.app.stats();
        assert_eq!(stats.ended("overflow"), u64::from(overflow == Overflow::Close), "{stats:?}");
        assert!(stats.dropped > 0, "{stats:?}");
    }
}

#[test]
fn with_no_bound_on_its_mailbox_a_client_that_never_reads_costs_what_it_was_sent() {
    let runtime = runtime();
    let app = App::empty().mount::<Echo>("/", ()).mailbox(usize::MAX, usize::MAX, Overflow::Close);
    let server = runtime.block_on(Server::start(app));
    let held = broadcast(&server, &runtime);
    let sent = u64::from(ROUNDS) * SIZE as u64;
    assert!(held > sent - BUFFERS, "{held} bytes of {sent}");
}
