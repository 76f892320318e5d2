//! A pending callback: its payload stays valid, its connection goes on, and later messages keep their order.

use super::peer::Peer;
use super::{BINARY, CLOSE, PING, frame, messages, pong, text, texts};
use crate::message::{Close, CloseCode, Message, Terminate};

#[test]
fn a_payload_stays_as_it_is_while_its_callback_is_pending() {
    let mut peer = Peer::new();
    peer.send(texts(["wait", "a", "b"]));
    assert_eq!(peer.seen(), ["wait"]);
    // Another connection of the thread reads into another buffer.
    let mut other = Peer::new();
    other.send(text("x".repeat(60_000)));
    assert_eq!(other.received().len(), 1);
    peer.send(texts(["c", "d"]));
    assert!(peer.seen().is_empty() && peer.received().is_empty());
    peer.open_gate();
    assert_eq!(peer.seen(), ["a", "b", "c", "d"]);
    assert_eq!(peer.received(), messages(["wait", "a", "b", "c", "d"]));
}

#[test]
fn pings_are_answered_while_a_callback_is_pending() {
    let mut peer = Peer::new();
    peer.send([text("wait"), frame(PING, "with it")].concat());
    assert_eq!(peer.received(), [pong("with it")]);
    peer.send(frame(PING, "later"));
    peer.send(&frame(PING, "cut")[..3]);
    peer.send(&frame(PING, "cut")[3..]);
    assert_eq!(peer.received(), [pong("later"), pong("cut")]);
    peer.open_gate();
    assert_eq!(peer.seen(), ["wait", "ping", "ping", "ping"]);
    assert_eq!(peer.received(), messages(["wait"]));
}

/// One write takes the answers of the whole burst.
#[test]
fn c3_pongs_go_out_in_order_with_the_replies_of_their_burst() {
    let mut peer = Peer::new();
    peer.send([text("a"), frame(PING, "p"), text("b"), frame(PING, "q")].concat());
    assert_eq!(peer.wire.writes(), 1);
    assert_eq!(peer.seen(), ["a", "ping", "b", "ping"]);
    assert_eq!(peer.received(), ["a".into(), pong("p"), "b".into(), pong("q")]);
}

#[test]
fn pongs_that_are_read_ahead_go_out_in_one_write() {
    let mut peer = Peer::new();
    peer.send(text("wait"));
    let before = peer.wire.writes();
    peer.send(frame(PING, "p").repeat(10));
    assert_eq!(peer.wire.writes() - before, 1);
    assert_eq!(peer.received(), vec![pong("p"); 10]);
}

#[test]
fn one_data_message_is_read_ahead_and_then_the_client_waits() {
    let mut peer = Peer::new();
    peer.send(text("wait"));
    peer.send(text("ahead"));
    assert_eq!(peer.wire.unread(), 0);
    for _ in 0..100 {
        peer.send([frame(PING, "behind"), frame(BINARY, [7; 1_000])].concat());
    }
    let sent = 100 * (frame(PING, "behind").len() + frame(BINARY, [7; 1_000]).len());
    // The first ping is answered. The data message behind it is read with it, and not decoded.
    assert_eq!(peer.wire.unread(), sent / 100 * 99, "nothing more is read");
    assert_eq!(peer.received(), [pong("behind")]);
    peer.open_gate();
    assert_eq!(peer.wire.unread(), 0);
    assert_eq!(peer.seen().len(), 1 + 1 + 200);
    let received = peer.received();
    assert_eq!(received[..2], messages(["wait", "ahead"]));
    assert_eq!(received.iter().filter(|message| **message == pong("behind")).count(), 99);
    assert_eq!(received.len(), 2 + 199);
}

/// A client that sends only pings is held back too.
#[test]
fn of_control_frames_16_are_read_ahead() {
    let mut peer = Peer::new();
    peer.send(text("wait"));
    for _ in 0..40 {
        peer.send(frame(PING, "p"));
    }
    assert_eq!(peer.received().len(), 16);
    assert_eq!(peer.wire.unread(), 24 * frame(PING, "p").len());
    peer.open_gate();
    assert_eq!(peer.seen().len(), 41);
    let received = peer.received();
    assert_eq!(received.iter().filter(|message| **message == pong("p")).count(), 24);
    assert_eq!(received.len(), 25);
}

#[test]
fn a_large_message_is_read_ahead_while_a_callback_is_pending() {
    let large = vec![7; 300_000];
    let mut peer = Peer::new();
    peer.send(text("wait"));
    for piece in frame(BINARY, &large).chunks(5_000) {
        peer.send(piece);
    }
    assert_eq!(peer.wire.unread(), 0);
    assert!(peer.seen() == ["wait"] && peer.received().is_empty());
    peer.open_gate();
    assert_eq!(peer.received(), [Message::from("wait"), large.into()]);
}

/// The second callback owns its payload, because the first one was pending. So does one whose message arrived in
/// pieces.
#[test]
fn callbacks_that_are_pending_one_after_the_other_keep_the_order() {
    let mut peer = Peer::new();
    peer.send(texts(["wait 1", "wait 2", "a", "wait 3"]));
    peer.send(&text("wait 4")[..5]);
    peer.send(&text("wait 4")[5..]);
    peer.send(text("b"));
    for _ in 0..4 {
        assert_eq!(peer.seen().last().map(|seen| &seen[..4]), Some("wait"));
        peer.open_gate();
    }
    assert_eq!(peer.seen(), ["b"]);
    assert_eq!(peer.received(), messages(["wait 1", "wait 2", "a", "wait 3", "wait 4", "b"]));
}

/// More callbacks are pending on the thread than it lends buffers: the others receive copies.
#[test]
fn callbacks_of_many_connections_are_pending_at_a_time() {
    let mut peers: Vec<_> = (0..40).map(|number| (number, Peer::new())).collect();
    for (number, peer) in &mut peers {
        peer.send(texts([&*format!("wait {number}"), "a"]));
    }
    for (number, peer) in &mut peers {
        peer.open_gate();
        assert_eq!(peer.received(), messages([&*format!("wait {number}"), "a"]));
    }
}

/// It is answered at once, in whatever pieces it arrives, and the message before it is handled.
#[test]
fn a_close_frame_behind_a_message_that_was_read_ahead_is_answered() {
    let close = frame(CLOSE, b"\x0f\xa0bye");
    let bytes = [text("ahead"), frame(PING, "p"), close.clone()].concat();
    for size in [1, 2, 3, 7, 20, bytes.len()] {
        let mut peer = Peer::new();
        peer.send(text("wait"));
        for piece in bytes.chunks(size) {
            peer.send(piece);
        }
        let bye = Message::Close(Close::new(CloseCode::new(4000).unwrap(), "bye"));
        assert_eq!(peer.received(), [pong("p"), bye], "{size}");
        assert_eq!(peer.seen(), ["wait"]);
        peer.open_gate();
        assert_eq!(peer.seen(), ["ahead", "ping"], "{size}");
        assert_eq!(peer.received(), []);
        assert!(peer.wire.is_shut());
        assert!(matches!(peer.ended(), Terminate::Remote(Some(close)) if close.reason() == "bye"));
    }
}

#[test]
fn a_close_frame_behind_two_messages_is_answered_when_the_first_callback_is_over() {
    let mut peer = Peer::new();
    peer.send(text("wait 1"));
    peer.send([texts(["wait 2", "last"]), frame(CLOSE, b"\x0f\xa0bye")].concat());
    assert_eq!(peer.received(), []);
    peer.open_gate();
    let bye = Message::Close(Close::new(CloseCode::new(4000).unwrap(), "bye"));
    assert_eq!(peer.received(), [Message::from("wait 1"), bye]);
    peer.open_gate();
    assert_eq!(peer.seen(), ["wait 1", "wait 2", "last"]);
    assert!(matches!(peer.ended(), Terminate::Remote(_)));
}
