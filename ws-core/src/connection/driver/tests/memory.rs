//! An idle connection holds no buffer.

use std::sync::Arc;

use allocation_counter::measure;
use tokio::runtime::Builder;

use super::peer::{Live, Peer, Probe, limits, parts};
use super::wire::Wire;
use super::{BINARY, CLOSE, TEXT, frame, text};
use crate::connection::io::ReadBuffer;

#[test]
fn nothing_of_a_message_stays_with_the_connection() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    for len in [10, 20_000, 100_000, 1 << 20] {
        for first in [TEXT, BINARY] {
            for size in [usize::MAX, 16 << 10, 1_000] {
                let (wire, probe) = (Wire::new(), Arc::new(Probe::default()));
                let (session, driver) = parts(&wire, &probe, &[], None, &limits());
                let mut connection = Live::new(session, driver);
                connection.settle();
                let bytes = frame(first, vec![b'x'; len]);
                for piece in bytes.chunks(size.min(bytes.len())) {
                    wire.send(piece);
                    connection.settle();
                }
                let case = format!("{len} bytes in pieces of {size}");
                assert!(wire.take().len() > len, "{case}");
                // The thread has the buffer, not the connection's future.
                let taken = measure(|| drop(ReadBuffer::take(&[])));
                assert_eq!(taken.count_total, 0, "{case}");
                let mut driver = connection.into_driver();
                assert!(driver.stream.unread.is_empty() && driver.stream.unread.capacity() == 0, "{case}");
                assert!(
                    driver.stream.protocol.write_queue().is_none()
                        && !driver.stream.protocol.is_mid_message(),
                    "{case}"
                );
                assert!(driver.ahead.is_empty() && driver.ahead.capacity() == 0, "{case}");
                assert!(!driver.stream.lent_rest, "{case}");
            }
        }
    }
    assert_eq!(ReadBuffer::out(), 0, "all came back");
}

/// A partial message occupies only its bytes, and a partial header no more than its own.
#[test]
fn of_a_part_of_a_frame_only_its_bytes_stay() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    let bytes = [text("a whole one"), frame(BINARY, [7; 1_000])].concat();
    let header = bytes.len() - 1_000;
    for at in [1, 5, header - 5, header - 1, header + 1, bytes.len() - 1] {
        let (wire, probe) = (Wire::new(), Arc::new(Probe::default()));
        let (session, driver) = parts(&wire, &probe, &[], None, &limits());
        let mut connection = Live::new(session, driver);
        wire.send(&bytes[..at]);
        connection.settle();
        assert_eq!(measure(|| drop(ReadBuffer::take(&[]))).count_total, 0, "at {at}");
        let driver = connection.into_driver();
        assert!(
            driver.stream.unread.capacity() <= at.min(14),
            "at {at}: {}",
            driver.stream.unread.capacity()
        );
        assert!(driver.stream.progress().begun.is_some(), "at {at}");
    }
}

/// A pending callback keeps the buffer that it borrows from. The next callback owns its payload, because it may be
/// pending too.
#[test]
fn a_handler_whose_callbacks_are_pending_keeps_one_buffer_once() {
    let mut peer = Peer::new();
    for (words, kept) in [("a", 0), ("wait 1", 1), ("wait 2", 0), ("a", 0), ("wait 3", 1)] {
        peer.send(text(words));
        assert_eq!(ReadBuffer::out(), kept, "{words}");
        if words.starts_with("wait") {
            peer.open_gate();
        }
        assert_eq!(ReadBuffer::out(), 0, "{words}");
    }
}

/// A client may leave its half of the stream open after the close frames.
#[test]
fn a_connection_that_waits_for_the_clients_end_holds_no_buffer() {
    for first in [&b""[..], &text("close")] {
        let mut peer = Peer::new();
        peer.send(first);
        assert_eq!(ReadBuffer::out(), 0, "the server's close frame is sent");
        peer.send(frame(CLOSE, b"\x03\xe8"));
        assert!(peer.wire.is_shut());
        assert_eq!(ReadBuffer::out(), 0);
    }
}

/// A client may not read the answer to its close frame.
#[test]
fn a_close_frame_that_cannot_be_answered_yet_holds_no_buffer() {
    let mut peer = Peer::new();
    peer.wire.set_room(0);
    peer.send([frame(CLOSE, b"\x03\xe8"), vec![7; 100]].concat());
    assert!(!peer.wire.is_shut());
    assert_eq!(ReadBuffer::out(), 0);
}
