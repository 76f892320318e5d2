//! 1,000 connections at one topic. Each of them receives every message, or the loss is counted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use tokio::io::AsyncReadExt;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use ws_core::Overflow;
use ws_core::prelude::*;
use ws_tests::raw::{CLOSE, Raw, TEXT};
use ws_tests::{Server, until, within};

use super::app;

const CONNECTIONS: usize = 1_000;
/// Less than half the capacity of a mailbox.
const BURST: usize = 100;

/// The number of published messages.
const MESSAGES: usize = 4_000;

/// The frame on the wire.
fn frame(number: usize) -> [u8; 10] {
    let mut frame = [0x80 | TEXT, 8, 0, 0, 0, 0, 0, 0, 0, 0];
    frame[2..].copy_from_slice(format!("{number:08}").as_bytes());
    frame
}

async fn crowd(addr: SocketAddr) -> Vec<Raw> {
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        clients.push(Raw::connect(addr, "/a").await);
    }
    clients
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_a_pace_nothing_is_lost_or_out_of_order() {
    // On a busy machine this takes longer than a client may be silent, and pings would come between the messages.
    let server = Server::start(app().heartbeat(None).idle_timeout(None)).await;
    let pace = Arc::new(Barrier::new(CONNECTIONS + 1));
    let stream: Arc<Vec<u8>> = Arc::new((0..MESSAGES).flat_map(frame).collect());
    let mut clients = JoinSet::new();
    for mut client in crowd(server.addr).await {
        let (stream, pace) = (stream.clone(), pace.clone());
        clients.spawn(async move {
            let mut came = [0; BURST * 10];
            for burst in stream.chunks(BURST * 10) {
                within(client.stream.read_exact(&mut came)).await.expect("a burst");
                assert!(came == burst, "lost or out of order");
                pace.wait().await;
            }
            client
        });
    }
    let hub = server.app.hub();
    for burst in 0..MESSAGES / BURST {
        for number in burst * BURST..(burst + 1) * BURST {
            let reached = hub.publish("a", format!("{number:08}"));
            assert_eq!(reached.queued, CONNECTIONS);
        }
        within(pace.wait()).await;
    }
    let clients = within(clients.join_all()).await;
    assert_eq!(server.app.stats().dropped, 0);
    drop(clients);
    until(|| server.app.hub().topics().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_pace_every_lost_message_is_counted() {
    for overflow in [Overflow::DropNewest, Overflow::DropOldest] {
        // On a busy machine this takes longer than a heartbeat, and the clients read only messages.
        let app = app().heartbeat(None).idle_timeout(None);
        let server = Server::start(app.mailbox_messages(64).mailbox_overflow(overflow)).await;
        let mut clients = JoinSet::new();
        for client in crowd(server.addr).await {
            clients.spawn(count_messages(client));
        }
        let hub = server.app.hub();
        let publisher = thread::spawn(move || {
            let mut dropped = 0;
            for number in 0..MESSAGES {
                dropped += hub.publish("a", format!("{number:08}")).dropped as u64;
            }
            // A close code always has room, and goes out after the queued messages.
            hub.publish("a", CloseCode::NORMAL);
            dropped
        });
        let received: u64 = clients.join_all().await.into_iter().sum();
        let reported = publisher.join().expect("no panic");
        let counted = server.app.stats().dropped;
        assert_eq!(received + counted, (MESSAGES * CONNECTIONS) as u64, "{overflow:?}");
        assert!(counted > 0, "the test must lose messages");
        assert_eq!(reported, if overflow == Overflow::DropNewest { counted } else { 0 });
    }
}

/// Returns the number of messages before the close frame, and asserts that they arrive in the order of publication.
async fn count_messages(mut client: Raw) -> u64 {
    let (mut count, mut next, mut bytes) = (0, 0, Vec::new());
    loop {
        within(client.stream.read_buf(&mut bytes)).await.expect("a stream");
        let whole = bytes.len() / 10 * 10;
        for frame in bytes[..whole].chunks(10) {
            if frame[0] == 0x80 | CLOSE {
                return count;
            }
            let number: usize = std::str::from_utf8(&frame[2..]).expect("text").parse().expect("a number");
            assert!(number >= next, "{number} after {next}");
            next = number + 1;
            count += 1;
        }
        bytes.drain(..whole);
        if bytes.first() == Some(&(0x80 | CLOSE)) {
            return count;
        }
        assert!(!bytes.is_empty() || whole > 0, "the stream ended without a close");
    }
}
