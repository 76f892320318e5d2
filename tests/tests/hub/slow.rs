//! Subscribers that receive less than is published, or just as much as they can take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use ws_core::prelude::*;
use ws_core::{Hub, Overflow};
use ws_tests::raw::{CLOSE, HEADERS, Raw, TEXT};
use ws_tests::{Server, until, within};

use super::{app, asked};

/// Returns a message. The sizes cover each way in which the server writes a message.
fn message(number: usize) -> String {
    let sizes = [10, 2_100, 300, 9_000, 4_000, 65_536];
    format!("{number:06}{}", "x".repeat(sizes[number % sizes.len()] - 6))
}

async fn small(server: &Server) -> Raw {
    let mut client = Raw::open_with_small_buffers(server.addr).await;
    assert_eq!(client.request("GET", "/a", &HEADERS).await.status, 101);
    client
}

/// Returns the number of messages before the close frame, and its code. Asserts that the messages are whole and that
/// none is missing.
async fn count_messages(client: &mut Raw) -> (usize, u16) {
    let mut count = 0;
    loop {
        let frame = client.read().await.expect("a close frame before the end of the stream");
        if frame.opcode == CLOSE {
            return (count, frame.close().0);
        }
        assert!(frame.fin && frame.text() == message(count), "{count}: {} bytes", frame.payload.len());
        count += 1;
    }
}

/// Publishes while `go_on` returns `true`, and yields after each message, so that the connection can take some of them.
async fn publish(hub: &Hub, mut go_on: impl FnMut(usize) -> bool) -> usize {
    let mut number = 0;
    while go_on(number) {
        hub.publish("a", message(number));
        number += 1;
        tokio::task::yield_now().await;
    }
    number
}

#[tokio::test]
async fn c13_messages_before_1013_are_whole_and_in_order() {
    let server = Server::start(app().mailbox_messages(8)).await;
    let mut client = small(&server).await;
    let published = publish(&server.app.hub(), |_| server.app.stats().ended("overflow") == 0).await;
    let (count, code) = count_messages(&mut client).await;
    assert_eq!(code, 1013);
    assert!(count > 8 && count < published - 8, "{count} of {published}");
    client.close(1013, "").await;
    assert_eq!(client.read().await, None);
}

#[tokio::test]
async fn a_drain_sends_the_messages_published_before_it() {
    let server = Server::start(app().mailbox_messages(10_000).mailbox_bytes(64 << 20)).await;
    let mut client = small(&server).await;
    let published = publish(&server.app.hub(), |number| number < 1_000).await;
    let app = server.app.clone();
    let drained = tokio::spawn(async move { app.drain(Duration::from_secs(10)).await });
    until(|| !server.app.sockets::<super::Member>().iter().any(Socket::is_open)).await;
    assert_eq!(count_messages(&mut client).await, (published, 1001));
    client.close(1001, "").await;
    assert_eq!(client.read().await, None);
    drop(client);
    within(drained).await.expect("no panic");
    assert_eq!(server.app.stats().messages_out, published as u64);
}

#[tokio::test]
async fn endless_publishing_starves_neither_its_subscriber_nor_others() {
    let server = Server::start(app().mailbox_messages(256).mailbox_overflow(Overflow::DropOldest)).await;
    let (mut client, mut other) =
        (Raw::connect(server.addr, "/a").await, Raw::connect(server.addr, "/none").await);
    let (hub, over) = (server.app.hub(), Arc::new(AtomicBool::new(false)));
    let publisher = thread::spawn({
        let over = over.clone();
        move || {
            while !over.load(Ordering::Relaxed) {
                hub.publish("a", "without end");
            }
        }
    });
    for _ in 0..10 {
        assert_eq!(asked(&mut other, "+b").await, "true");
        assert_eq!(asked(&mut other, "-b").await, "true");
    }
    client.frame(TEXT, b"-a").await;
    within(async { while client.read().await.expect("a message").text() != "true" {} }).await;
    over.store(true, Ordering::Relaxed);
    publisher.join().expect("no panic");
}
