//! How often a payload is copied between the stream and the stream, found out by the addresses of its bytes.

use std::ops::Range;
use std::sync::Arc;

use axum::response::Response;
use http::request::Parts;

use super::peer::{Peer, Probe};
use super::wire::{Call, addresses};
use super::{BINARY, TEXT, frame};
use crate::handler::{Context, Handler, IntoReply, Reply, Upgrade};
use crate::message::Incoming;

/// Echoes messages, and notes where the payload of each lies, and where its frame does once it is encoded.
struct Noting<const AWAITS: bool>(Arc<Probe>);

impl<const AWAITS: bool> Handler for Noting<AWAITS> {
    type Info = std::convert::Infallible;

    const AWAITS: bool = AWAITS;

    async fn init(_: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<Self, Response> {
        Ok(Self(upgrade.options::<Arc<Probe>>().expect("the test's").clone()))
    }

    async fn message(&mut self, message: Incoming<'_>, _: &mut Context<Self>, reply: &mut Reply) {
        let payload = match &message {
            Incoming::Text(text) => addresses(text.as_bytes()),
            Incoming::Binary(bytes) => addresses(bytes),
            _ => return,
        };
        message.into_reply(reply);
        let encoded = reply.outbox().encoded().as_ref().and_then(|frames| frames.one_slice().map(addresses));
        self.0.addresses.lock().unwrap().push((payload, encoded.unwrap_or_default()));
    }
}

/// The addresses of one message on its way.
#[derive(Debug)]
struct Way {
    /// The bytes of each read.
    reads: Vec<Range<usize>>,
    /// The payload that the callback received.
    payload: Range<usize>,
    /// The frames that the callback has encoded.
    encoded: Range<usize>,
    /// The slices of each write.
    writes: Vec<Vec<Range<usize>>>,
}

fn sent(peer: &mut Peer, frame: Vec<u8>) -> Way {
    peer.wire.calls();
    peer.send(frame);
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for call in peer.wire.calls() {
        match call {
            Call::Read(bytes) => reads.push(bytes),
            Call::Write(slices) => writes.push(slices),
            Call::PendingRead | Call::PendingWrite => {}
        }
    }
    let (payload, encoded) = peer.probe.addresses.lock().unwrap().pop().expect("a callback");
    Way { reads, payload, encoded, writes }
}

fn peers() -> [Peer; 2] {
    [Peer::of::<Noting<true>>(), Peer::of::<Noting<false>>()]
}

/// The callback borrows the payload from the read buffer, and the reply copies it into the buffer that is written.
#[test]
fn a_small_message_is_copied_once() {
    for mut peer in peers() {
        for len in [1, 64, 1_024, 2_048] {
            for first in [TEXT, BINARY] {
                let way = sent(&mut peer, frame(first, vec![b'x'; len]));
                let [read] = &way.reads[..] else { panic!("one read: {way:?}") };
                assert_eq!(way.payload, read.end - len..read.end, "borrowed: {way:?}");
                assert_eq!(way.writes, [[way.encoded.clone()]], "encoded in place: {way:?}");
            }
        }
    }
}

/// A buffer that grows with the bytes received may copy them, so the first message is there to make a buffer for the
/// others. Of those, only the first read is copied: a whole read buffer at first, and then 8 KiB and a header, because
/// the connection expects another large message. The second read is for all of the rest.
#[test]
fn a_large_message_goes_out_from_the_buffer_that_it_was_read_into() {
    const READ_BUFFER: usize = 64 << 10;
    const BEFORE_LARGE: usize = (8 << 10) + 64;

    for len in [1 << 20, 600_000, 128 << 10] {
        for mut peer in peers() {
            let way = sent(&mut peer, frame(BINARY, vec![7; len]));
            assert_eq!(written(&way), way.payload, "not copied for the reply");
            for at_most in [READ_BUFFER, BEFORE_LARGE, BEFORE_LARGE] {
                assert_direct(&sent(&mut peer, frame(BINARY, vec![7; len])), len, at_most);
            }
        }
    }
}

#[test]
fn messages_of_64_kib_behind_a_larger_one_are_read_directly_too() {
    for mut peer in peers() {
        for len in [128 << 10, 128 << 10, 64 << 10] {
            sent(&mut peer, frame(BINARY, vec![7; len]));
        }
        for _ in 0..3 {
            assert_direct(&sent(&mut peer, frame(BINARY, vec![7; 64 << 10])), 64 << 10, (8 << 10) + 64);
        }
    }
}

/// The payload that was written, behind its header.
fn written(way: &Way) -> Range<usize> {
    let [slices] = &way.writes[..] else { panic!("one write: {way:?}") };
    let [header, payload] = &slices[..] else { panic!("a header and a payload: {way:?}") };
    assert!(header.len() <= 10, "{way:?}");
    payload.clone()
}

/// Checks that of a frame of `len` bytes, only the first read was copied: `at_most` that many bytes.
fn assert_direct(way: &Way, len: usize, at_most: usize) {
    assert_eq!(way.payload.len(), len);
    assert_eq!(written(way), way.payload, "not copied for the reply");
    let [first, rest] = &way.reads[..] else { panic!("two reads: {way:?}") };
    assert!(first.len() <= at_most, "{way:?}");
    assert_eq!(rest.end, way.payload.end, "read into the payload: {way:?}");
}
