//! Hibernation loses nothing, wherever it comes.

use std::sync::atomic::Ordering;

use super::*;

fn hibernate(messages: &mut Messages) {
    messages.hibernate(&mut Context::from_waker(Waker::noop()));
}

/// The client takes no pongs until the connection is about to rest: then the codec still has what came behind the pings.
#[test]
fn what_was_held_back_since_the_client_took_no_pongs_is_read_after_a_rest() {
    let input = [frame(0x89, b"").repeat(64), frame(0x81, b"behind them")].concat();
    let script = Script::new(&input, &[]);
    let stalled = script.stalled();
    stalled.store(true, Ordering::Relaxed);
    let mut messages = Messages::new(Transport::Script(script), &[], &limits(), None);
    let mut pings = 0;
    while pings < 64 {
        pings += usize::from(matches!(poll(&mut messages), Poll::Ready(Ok(Message::Ping(_)))));
    }
    assert!(poll(&mut messages).is_pending(), "it waits for the pongs to go");
    stalled.store(false, Ordering::Relaxed);
    hibernate(&mut messages);
    assert_eq!(all(messages).messages, [Message::from("behind them")]);
}

/// It may come before every byte: in a header, in a message, in what is compressed.
#[test]
fn c5_a_rest_before_every_byte_changes_nothing() {
    // A stored block, the mark of its end left out (RFC 7692 7.2.1).
    let deflated = b"\0\x05\0\xfa\xffhello\0";
    let input = [
        frame(0x01, b"in t"),
        frame(0x89, b"between"),
        frame(0x80, b"wo"),
        frame(0x41, &deflated[..4]),
        frame(0x00, b""),
        frame(0x8a, b"pong"),
        frame(0x80, &deflated[4..]),
        frame(0xc2, deflated),
        frame(0x82, b""),
        frame(0x88, b""),
    ]
    .concat();
    let undisturbed = all(over(&input, 0, &[], &limits(), true));
    assert_eq!(undisturbed.messages.len(), 6, "{undisturbed:?}");
    for size in [1, 2, 3, 7] {
        let mut messages = over(&input, 0, &[size], &limits(), true);
        let mut heard = Vec::new();
        let end = loop {
            match poll(&mut messages) {
                Poll::Pending => hibernate(&mut messages),
                Poll::Ready(Ok(message)) => heard.push(message),
                Poll::Ready(Err(end)) => break format!("{}: {end}", end.kind()),
            }
        };
        assert_eq!(Heard { messages: heard, end }, undisturbed, "{size} at a time");
    }
}

/// They are answered into the buffer, and only so many; those that the client took count no more.
#[test]
fn of_pings_64_are_read_while_the_client_takes_nothing() {
    let script = Script::new(&frame(0x89, b"").repeat(300), &[6]);
    let stalled = script.stalled();
    let mut messages = Messages::new(Transport::Script(script), &[], &limits(), None);
    let mut read = |count: usize| {
        let polls = (0..3 * count).map(|_| poll(&mut messages));
        polls.filter(|read| matches!(read, Poll::Ready(Ok(Message::Ping(_))))).count()
    };
    assert!(read(50) > 50);
    stalled.store(true, Ordering::Relaxed);
    assert_eq!(read(100), 64);
    stalled.store(false, Ordering::Relaxed);
    assert!(read(50) > 50);
    stalled.store(true, Ordering::Relaxed);
    assert_eq!(read(100), 64);
}
