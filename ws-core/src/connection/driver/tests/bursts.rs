//! Bursts of messages, split in any way, for clients that read fast and slowly.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use tokio::runtime::Builder;

use super::peer::{Live, Peer, Probe, limits, parts};
use super::wire::Wire;
use super::{BINARY, PING, TEXT, frame, messages, pong, text, texts};
use crate::message::Message;
use crate::message::Terminate;
use crate::shared::clock::Moment;
use crate::shared::limits::Limits;

/// The message in the middle keeps its callback pending.
#[test]
fn a_burst_of_1000_messages_keeps_its_order() {
    let mut texts: Vec<String> = (0..1_000).map(|number| format!("number {number}")).collect();
    texts[500] = "wait".to_owned();
    let burst: Vec<u8> = texts.iter().flat_map(text).collect();
    for size in [usize::MAX, 1, 7, 4_096] {
        let mut peer = Peer::new();
        for piece in burst.chunks(size.min(burst.len())) {
            peer.wire.send(piece);
        }
        peer.run();
        assert_eq!(peer.seen(), texts[..=500], "in pieces of {size}");
        peer.open_gate();
        assert_eq!(peer.seen(), texts[501..], "in pieces of {size}");
        assert_eq!(peer.received(), messages(texts.iter().map(String::as_str)), "in pieces of {size}");
    }
}

#[test]
fn a_reply_that_is_larger_than_the_pipe_goes_out_before_the_next_callback_begins() {
    let mut peer = Peer::new();
    peer.wire.set_room(10_000);
    peer.send(texts(["large", "a", "b"]));
    peer.send(text("c"));
    assert_eq!(peer.seen(), ["large"]);
    peer.wire.set_room(900_000);
    peer.run();
    assert!(peer.seen().is_empty());
    peer.wire.set_room(usize::MAX);
    peer.run();
    assert_eq!(peer.seen(), ["a", "b", "c"]);
    let received = peer.received();
    assert_eq!(received[0].len(), 1 << 20);
    assert_eq!(received[1..], messages(["a", "b", "c"]));
}

#[test]
fn a_ping_behind_a_reply_that_does_not_go_out_is_answered_behind_it() {
    let mut peer = Peer::new();
    peer.wire.set_room(10_000);
    peer.send([text("large"), frame(PING, "p")].concat());
    peer.wire.set_room(usize::MAX);
    peer.run();
    assert_eq!(peer.received()[1..], [pong("p")]);
    assert_eq!(peer.seen(), ["large", "ping"]);
}

#[test]
fn no_callback_begins_while_64_kib_wait_for_the_client() {
    for (len, size) in
        [(0, 2), (64, 66), (1_024, 1_028), (2_049, 2_053), (65_536, 65_546), (200_000, 200_010)]
    {
        let callbacks = (64_usize << 10).div_ceil(size);
        let mut peer = Peer::new();
        peer.wire.set_room(0);
        peer.send(frame(BINARY, vec![7; len]).repeat(callbacks + 3));
        assert_eq!(peer.seen().len(), callbacks, "of {len} bytes");
        peer.wire.set_room(size);
        peer.run();
        assert_eq!(peer.seen().len(), 1, "one was taken, of {len} bytes");
        peer.wire.set_room(usize::MAX);
        peer.run();
        assert_eq!(peer.received(), vec![Message::from(vec![7; len]); callbacks + 3]);
    }
}

#[test]
fn a_client_that_takes_something_is_not_stalled() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    let progress = |rooms: &[usize]| {
        let (wire, probe) = (Wire::new(), Arc::new(Probe::default()));
        let (session, driver) = parts(&wire, &probe, &[], None, &limits());
        let mut connection = Live::new(session, driver);
        wire.send(text("large"));
        for room in rooms {
            wire.set_room(*room);
            connection.settle();
        }
        let driver = connection.into_driver();
        (driver.stream.io.stalled(), driver.stream.io.waited())
    };
    let start = Moment::now();
    assert!(matches!(progress(&[0]), (Some(_), Some(_))));
    let (stalled, waited) = progress(&[0, 1_000, 1_000]);
    assert!(stalled == waited && stalled > Some(start), "since it last took something");
    assert!(matches!(progress(&[0, 1_000, usize::MAX]), (None, Some(_))));
}

/// The driver compresses replies, so they are not encoded beforehand.
#[cfg(feature = "compression")]
#[test]
fn compressed_messages_are_echoed_in_any_pieces() {
    use crate::protocol::Compression;
    use crate::protocol::deflate::{Negotiated, Parameters};

    // As in RFC 7692 7.2.3.2: the second message refers to the first.
    let hello = [&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..], &[0xf2, 0x00, 0x11, 0x00, 0x00]];
    let sent: Vec<u8> = [
        frame(TEXT | 0x40, hello[0]),
        text("wait, hibernate"),
        frame(PING, "p"),
        text("hibernate"),
        frame(TEXT & 0x0f | 0x40, &hello[1][..2]),
        frame(0x80, &hello[1][2..]),
    ]
    .concat();
    let parameters = Parameters {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    };
    for size in [1, 3, 10, sent.len()] {
        for (min, first) in [(usize::MAX, 0x81), (1, 0xc1)] {
            let negotiated = Negotiated { parameters, settings: Compression::new().min(min) };
            let mut peer = Peer::with(&[], Some(negotiated));
            for piece in sent.chunks(size) {
                peer.send(piece);
            }
            peer.open_gate();
            assert_eq!(peer.seen(), ["Hello", "wait, hibernate", "ping", "hibernate", "Hello"], "{size}");
            let out = peer.wire.take();
            assert_eq!(out[0], first);
            if min > 1 {
                let echoed: Vec<u8> = [&out[..], b"\x88\0"].concat();
                let read = crate::protocol::oracle::read_by_client(&echoed).messages;
                assert_eq!(read.len(), 5, "{read:?}");
            }
        }
    }
}

#[test]
fn a_stream_that_takes_nothing_more_fails() {
    let mut peer = Peer::new();
    peer.wire.set_broken();
    peer.send(text("a"));
    assert!(matches!(peer.ended(), Terminate::Io(error) if error.kind() == std::io::ErrorKind::WriteZero));
}

#[test]
fn messages_that_came_with_the_handshake_come_first() {
    let all = texts(["a", "wait", "b", "c"]);
    for early in 0..=all.len() {
        let mut peer = Peer::with(&all[..early], None);
        peer.run();
        if early < all.len() {
            peer.send(&all[early..]);
        }
        peer.open_gate();
        assert_eq!(peer.received(), messages(["a", "wait", "b", "c"]), "{early} bytes");
    }
    let large = frame(BINARY, vec![7; 100_000]);
    let mut peer = Peer::with(&large[..50_000], None);
    peer.run();
    peer.send(&large[50_000..]);
    assert_eq!(peer.received(), [Message::from(vec![7; 100_000])]);
}

fn echoed() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let size = prop_oneof![
        8 => 0_usize..300,
        2 => 4_000_usize..6_000,
        2 => 16_000_usize..17_000,
        2 => 60_000_usize..70_000,
        1 => 100_000_usize..300_000,
    ];
    let text = prop::sample::select(vec!["wait", "hibernate", "wait, hibernate", "some text", "aß€😀"]);
    prop_oneof![
        3 => (size, any::<u8>()).prop_map(|(size, seed)| {
            (BINARY, (0..size).map(|at| (at / 3).to_le_bytes()[0] ^ seed).collect())
        }),
        1 => (0_usize..40_000).prop_map(|count| (TEXT, "aß€😀".repeat(count / 10).into_bytes())),
        2 => text.prop_map(|text| (TEXT, text.as_bytes().to_vec())),
        1 => Just((PING, b"p".to_vec())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The connection advances with each piece that arrives, each that the client takes, and each callback that
    /// returns.
    #[test]
    fn everything_is_echoed_in_order_in_whatever_pieces_it_arrives_and_leaves(
        sent in vec(echoed(), 1..12),
        sizes in vec(prop_oneof![1_usize..10, 1_000_usize..100_000], 1..6),
        room in prop_oneof![Just(usize::MAX), 1_usize..50_000],
        step in prop_oneof![Just(usize::MAX), 1_000_usize..5_000],
        gates in any::<u64>(),
    ) {
        const MOST_PIECES: usize = 3_000;

        let bytes: Vec<u8> = sent.iter().flat_map(|(first, payload)| frame(*first, payload)).collect();
        let expected: Vec<Message> = sent
            .iter()
            .filter(|(first, _)| *first != PING)
            .map(|(first, payload)| match *first {
                TEXT => String::from_utf8(payload.clone()).unwrap().into(),
                _ => payload.clone().into(),
            })
            .collect();
        let mut peer = Peer::new();
        peer.wire.set_step(step);
        let mut sizes = sizes.iter().cycle().take(MOST_PIECES).copied().chain(std::iter::repeat(usize::MAX));
        let (mut rest, mut round) = (&bytes[..], 0);
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(sizes.next().unwrap().min(rest.len()));
            peer.wire.set_room(room);
            peer.send(piece);
            if gates >> (round % 64) & 1 == 1 {
                peer.open_gate();
            }
            (rest, round) = (after, round + 1);
        }
        peer.wire.set_room(usize::MAX);
        for _ in &sent {
            peer.open_gate();
        }
        let (pongs, echoes): (Vec<_>, Vec<_>) =
            peer.received().into_iter().partition(|message| matches!(message, Message::Pong(_)));
        prop_assert_eq!(echoes.len(), expected.len());
        prop_assert!(echoes == expected);
        prop_assert_eq!(pongs.len(), sent.len() - expected.len());
        prop_assert_eq!(peer.seen().len(), sent.len());
    }
}

/// Other connections of the thread have their turns in between, whatever form the client gives its bytes.
#[test]
fn a_connection_yields_to_others_after_its_budget() {
    const FRAGMENTS: usize = 16_000;
    let fragments = [frame(0x02, "x"), frame(0, "x").repeat(FRAGMENTS - 2), frame(0x80, "x")].concat();
    for (kind, bytes, at_least) in [
        ("fragments", fragments, 1),
        ("messages", text("x").repeat(64 * 20), 20),
        ("pings", frame(PING, "p").repeat(64 * 20), 20),
        ("a large message", frame(BINARY, vec![7; 900_000]), 1),
        ("large messages", frame(BINARY, vec![7; 100_000]).repeat(40), 4),
    ] {
        let mut peer = Peer::new();
        peer.polls();
        peer.send(bytes);
        assert!(peer.polls() > at_least, "{kind}");
        assert!(!peer.seen().is_empty(), "{kind}");
    }
}

#[test]
fn a_closing_connection_yields_to_others_too() {
    let mut peer = Peer::new();
    peer.send(text("close"));
    peer.polls();
    peer.send(frame(BINARY, vec![7; 1_000_000]).repeat(8));
    assert!(peer.polls() > 4);
    assert_eq!(peer.wire.unread(), 0);
}

/// The connection fragments messages, so replies are not encoded beforehand.
#[test]
fn a_reply_of_several_messages_goes_out_although_the_client_was_slow() {
    let limits = Limits { fragment_size: 1 << 20, ..limits() };
    let mut peer = Peer::limited(&limits);
    peer.wire.set_room(0);
    peer.send(text("three"));
    for _ in 0..10 {
        peer.wire.set_room(50_000);
        peer.run();
    }
    peer.wire.set_room(usize::MAX);
    peer.send(text("behind"));
    let expected: Vec<_> = [1, 2, 3].map(|n| Message::from(vec![n; 100_000])).into_iter().collect();
    assert!(peer.received() == [expected, messages(["behind"])].concat());
}
