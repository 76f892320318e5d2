//! Messages that others send to a connection, which takes those that are published in batches.

use std::sync::Arc;

use super::peer::Peer;
use crate::connection::Connection;
use crate::connection::mail::{Mail, Published};
use crate::message::{Close, Message};

fn peer() -> (Peer, Arc<Connection>) {
    let mut peer = Peer::new();
    let shared = peer.shared.clone();
    shared.mailbox.open();
    peer.run();
    peer.polls();
    (peer, shared)
}

fn published(message: impl Into<Message>) -> Mail {
    Mail::Published(Arc::new(Published::new(message.into(), None)))
}

#[test]
fn published_messages_and_others_go_out_in_their_order() {
    let (mut peer, shared) = peer();
    let mut expected = Vec::new();
    for (number, many) in [0, 1, 7, 8, 9, 30].into_iter().enumerate() {
        for _ in 0..many {
            let message = Message::from(vec![7; 100 * expected.len()]);
            shared.push(published(message.clone()));
            expected.push(message);
        }
        let message = Message::from(number.to_string());
        shared.push(Mail::Send(message.clone()));
        expected.push(message);
    }
    peer.run();
    assert!(peer.received() == expected);
    shared.push(published("last"));
    shared.close(Close::normal());
    peer.run();
    assert_eq!(peer.received(), ["last".into(), Message::Close(Close::normal())]);
}

/// What waits in the mailbox can still be dropped or replaced.
#[test]
fn no_more_than_64_kib_leave_the_mailbox_for_a_client_that_does_not_read() {
    for (len, size) in [(64, 66), (1_024, 1_028), (2_049, 2_053), (20_000, 20_004), (65_536, 65_546)] {
        let taken = (64_usize << 10).div_ceil(size);
        let (mut peer, shared) = peer();
        peer.wire.set_room(0);
        for _ in 0..taken + 3 {
            shared.push(published(vec![7; len]));
        }
        peer.run();
        peer.wire.set_room(size);
        peer.run();
        assert_eq!(std::iter::from_fn(|| shared.mailbox.take()).count(), 2, "of {len} bytes");
        peer.wire.set_room(usize::MAX);
        peer.run();
        assert_eq!(peer.received().len(), taken + 1, "of {len} bytes");
    }
}

#[test]
fn a_connection_yields_to_others_after_64_messages_of_its_mailbox() {
    let (mut peer, shared) = peer();
    for _ in 0..64 * 20 {
        shared.push(published("x"));
    }
    peer.run();
    assert!(peer.polls() > 20);
    assert_eq!(peer.received().len(), 64 * 20);
}
