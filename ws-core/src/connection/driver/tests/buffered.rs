//! Streams that have a buffer of their own, as TLS has: a write that succeeds does not mean that the client reads.

use std::io::ErrorKind;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::peer::{Peer, limits};
use super::wire::Wire;
use super::{TEXT, frame};
use crate::connection::io::{Io, Stream};
use crate::message::Terminate;
use crate::protocol::WriteQueue;
use crate::shared::limits::Limits;

/// Queues one byte in a frame of three, and writes.
fn write(io: &mut Io, queue: &mut Option<Box<WriteQueue>>) -> Poll<()> {
    queue.get_or_insert_with(WriteQueue::take).push_text("x");
    poll(io, queue)
}

fn poll(io: &mut Io, queue: &mut Option<Box<WriteQueue>>) -> Poll<()> {
    io.poll_write(&mut Context::from_waker(Waker::noop()), queue).map(|written| written.unwrap())
}

#[test]
fn a_stream_stalls_while_its_buffer_is_not_accepted() {
    let wire = Wire::new();
    wire.set_buffers();
    let (mut io, mut queue) = (Io::new(Stream::Boxed(Box::new(wire.clone())), 0), None);
    assert!(write(&mut io, &mut queue).is_ready());
    assert_eq!(io.stalled(), None);
    wire.set_room(0);
    assert!(write(&mut io, &mut queue).is_pending());
    let _ = poll(&mut io, &mut queue);
    let since = io.stalled().expect("nothing is accepted");
    // More is written to the buffer, and nothing of it is accepted.
    assert!(write(&mut io, &mut queue).is_pending());
    assert_eq!(io.stalled(), Some(since));
    // Progress, although the flush is still pending.
    wire.set_room(1);
    assert!(poll(&mut io, &mut queue).is_pending());
    let later = io.stalled().expect("the rest waits");
    assert!(later > since);
    wire.set_room(usize::MAX);
    assert!(poll(&mut io, &mut queue).is_ready());
    assert_eq!(io.stalled(), None);
    assert!(io.waited().is_some_and(|waited| waited > later));
}

#[test]
fn the_write_timeout_ends_a_connection_whose_buffer_is_not_accepted() {
    let mut peer = Peer::limited(&Limits { write_timeout: Some(Duration::from_millis(100)), ..limits() });
    peer.wire.set_buffers();
    peer.wire.set_room(0);
    for _ in 0..100 {
        // Each echo fits in the buffer.
        peer.send(frame(TEXT, "x"));
        peer.pass(Duration::from_millis(10));
        if let Some(end) = &peer.end {
            assert!(matches!(end, Terminate::Io(error) if error.kind() == ErrorKind::TimedOut), "{end:?}");
            return;
        }
    }
    panic!("the client accepts nothing, and stays");
}
