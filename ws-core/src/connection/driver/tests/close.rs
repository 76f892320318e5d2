//! Connections that end: with a close frame from either side, a panic, or the end of the stream.

use std::time::Duration;

use super::peer::{Peer, limits};
use super::{BINARY, CLOSE, PING, TEXT, frame, messages, text, texts};
use crate::message::Message;
use crate::message::Terminate;
use crate::message::{Close, CloseCode};
use crate::shared::limits::Limits;

const OK: &[u8] = b"\x03\xe8";

fn bye() -> Message {
    Message::Close(Close::new(CloseCode::NORMAL, "bye"))
}

/// The client's close frame lies behind the message in the same read, or arrives later.
#[test]
fn a_close_in_the_middle_of_a_burst_finds_the_clients_close_frame() {
    let behind =
        [text("dropped"), frame(BINARY, vec![7; 20_000]), frame(PING, "p"), frame(CLOSE, OK)].concat();
    for words in ["close", "command close", "wait, close"] {
        for at in [0, 3, 12, 20, 5_000, behind.len() - 2, behind.len()] {
            let mut peer = Peer::new();
            let words = words.strip_prefix("wait, ").unwrap_or(words);
            peer.send([texts(["a", words]), behind[..at].to_vec()].concat());
            if at < behind.len() {
                let received = peer.received();
                assert_eq!(received.first(), messages(["a"]).first(), "{words} {at}");
                assert_eq!(received.last(), Some(&bye()), "{words} {at}");
                assert!(!peer.wire.is_shut(), "it waits for the client's close frame: {words} {at}");
                peer.send(&behind[at..]);
            }
            assert!(peer.wire.is_shut(), "{words} {at}");
            assert_eq!(peer.seen(), ["a", words]);
            assert!(matches!(peer.ended(), Terminate::Stop(_)));
        }
    }
}

#[test]
fn a_close_frame_behind_a_burst_is_echoed_behind_the_replies() {
    let mut peer = Peer::new();
    peer.send([texts(["a", "wait"]), frame(CLOSE, b"\x0f\xa0bye")].concat());
    let close = Message::Close(Close::new(CloseCode::new(4000).unwrap(), "bye"));
    let received = peer.received();
    // The close is answered at once. The pending callback is finished, and its reply is dropped.
    assert_eq!(received, [messages(["a"]), vec![close]].concat());
    assert!(peer.wire.is_shut());
    peer.open_gate();
    assert_eq!(peer.received(), []);
    assert!(matches!(peer.ended(), Terminate::Remote(Some(close)) if close.reason() == "bye"));
}

/// The client closes before it has taken a large reply.
#[test]
fn a_close_frame_is_echoed_however_much_waits() {
    for taken in [0, 1, 4, 70_000] {
        let mut peer = Peer::new();
        peer.wire.set_room(taken);
        peer.send(texts(["a", "large"]));
        peer.send(frame(CLOSE, b"\x0f\xa0bye"));
        peer.wire.set_room(usize::MAX);
        peer.run();
        let received = peer.received();
        assert_eq!(received.iter().map(Message::len).max(), Some(1 << 20), "{taken}");
        let close = Message::Close(Close::new(CloseCode::new(4000).unwrap(), "bye"));
        assert_eq!(received.last(), Some(&close), "{taken}");
        assert!(peer.wire.is_shut());
        assert!(matches!(peer.ended(), Terminate::Remote(_)));
    }
}

#[test]
fn a_panic_closes_with_1011_whatever_lies_behind_the_message() {
    let behind = [text("dropped"), frame(CLOSE, OK)].concat();
    let dropped = text("dropped").len();
    for (words, behind, waits) in [
        // The buffer is gone with the callback: the connection cannot find the start of the next frame.
        ("panic", &behind[..3], false),
        ("panic", &behind[..dropped], false),
        ("panic", &behind, false),
        ("panic", &[], true),
        // Here the buffer was parked first.
        ("wait, panic", &behind[..3], true),
        ("wait, panic", &behind[..dropped], true),
        ("wait, panic", &behind, false),
        ("wait, panic", &[], true),
    ] {
        let mut peer = Peer::new();
        peer.send([&texts(["a", words]), behind].concat());
        peer.open_gate();
        // While the callback was pending, the client's close frame was answered already.
        let is_answered = words == "wait, panic" && !waits;
        let code = if is_answered { CloseCode::NORMAL } else { CloseCode::INTERNAL };
        let close = Message::Close(Close::new(code, ""));
        assert_eq!(peer.received(), [messages(["a"]), vec![close]].concat(), "{words} {behind:x?}");
        assert_eq!(peer.seen(), ["a", words]);
        assert_eq!(peer.wire.is_shut(), !waits, "{words} {behind:x?}");
        if waits {
            let rest = [text("dropped"), frame(CLOSE, OK)].concat();
            peer.send(&rest[behind.len()..]);
        }
        assert!(peer.wire.is_shut(), "{words} {behind:x?}");
        assert!(matches!(peer.ended(), Terminate::Panic(_)));
    }
}

#[test]
fn a_protocol_error_closes_behind_the_replies_to_earlier_messages() {
    for (bad, code) in [
        (vec![0x83], 1002),
        (frame(TEXT, b"\xff"), 1007),
        (vec![0x82, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0], 1009),
    ] {
        let mut peer = Peer::new();
        peer.send([texts(["a", "b"]), bad, frame(CLOSE, OK)].concat());
        let mut received = peer.received();
        let Some(Message::Close(close)) = received.pop() else { panic!("no close frame: {received:?}") };
        assert_eq!(u16::from(close.code()), code);
        assert_eq!(received, messages(["a", "b"]));
        assert!(peer.wire.is_shut(), "nothing is waited for");
    }
}

/// A client that accepts nothing for a while receives the close frame right after the frame in progress.
#[test]
fn a_large_reply_that_has_not_begun_does_not_keep_a_client_from_learning_why() {
    // The number of bytes that the client has accepted before, and whether they include a part of the large reply.
    for (taken, begun) in [(0, false), (1, false), (3, false), (4, true), (13, true), (70_000, true)] {
        let mut peer = Peer::new();
        peer.wire.set_room(taken);
        peer.send(texts(["a", "large"]));
        peer.send([0x83]);
        peer.wire.set_room(usize::MAX);
        peer.run();
        let mut received = peer.received();
        let Some(Message::Close(close)) = received.pop() else { panic!("no close frame: {received:?}") };
        assert_eq!(close.code(), CloseCode::PROTOCOL);
        let lens: Vec<_> = received.iter().map(Message::len).collect();
        assert_eq!(lens, if begun { vec![1, 1 << 20] } else { vec![1] }, "{taken}");
        assert!(peer.wire.is_shut());
    }
}

#[test]
fn the_end_of_the_stream_comes_behind_the_messages() {
    for cut in [0, 1, 5] {
        let mut peer = Peer::new();
        peer.wire.send([texts(["a", "b"]), text("cut off")[..cut].to_vec()].concat());
        peer.wire.end();
        peer.run();
        assert_eq!(peer.seen(), ["a", "b"]);
        assert_eq!(peer.received(), messages(["a", "b"]));
        assert!(matches!(peer.ended(), Terminate::Lost));
    }
}

/// The client has ended its half of the stream, but still reads.
#[test]
fn replies_that_wait_go_out_after_the_end_of_the_clients_side() {
    let mut peer = Peer::new();
    peer.wire.set_room(1_000);
    peer.wire.send(texts(["large"]));
    peer.wire.end();
    peer.run();
    peer.wire.set_room(usize::MAX);
    peer.run();
    assert_eq!(peer.received().first().map(Message::len), Some(1 << 20));
    assert!(matches!(peer.ended(), Terminate::Lost));
}

/// The client slowly reads the messages that were queued before the close frame, and has sent half a message before.
#[test]
fn a_message_that_is_dropped_while_closing_has_all_the_time_that_closing_has() {
    const SHORT: Duration = Duration::from_millis(20);

    let limits = Limits { message_timeout: Some(SHORT), close_timeout: SHORT, ..limits() };
    let mut peer = Peer::limited(&limits);
    peer.wire.set_room(1);
    peer.send(texts(["a", "close"]));
    let message = frame(BINARY, [7; 1_000]);
    peer.send(&message[..500]);
    (0..3).for_each(|_| peer.pass(2 * SHORT));
    peer.wire.set_room(usize::MAX);
    peer.run();
    assert_eq!(peer.received(), [messages(["a"]), vec![bye()]].concat());
    assert!(!peer.wire.is_shut(), "it waits for the client's close frame");
    peer.send([&message[500..], &frame(CLOSE, OK)].concat());
    assert!(peer.wire.is_shut());
    assert!(matches!(peer.ended(), Terminate::Stop(_)));
}
