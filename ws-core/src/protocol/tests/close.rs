//! The close handshake (RFC 6455 5.5.1, 7.1), begun by either side, and the frames that still count during it.

use proptest::prelude::*;

use super::client::{Frame, binary, bytes, fragments, frame, size, sizes, text};
use crate::message::Message;
use crate::message::{Close, CloseCode};
use crate::protocol::header::{BINARY, CLOSE, FIN, PING, TEXT};
use crate::protocol::oracle::written;
use crate::protocol::{Event, FrameLimits, Input, PreparedMessage, Protocol, ProtocolError, WriteQueue};

const GOODBYE: &[u8] = b"\x88\x05\x03\xe8bye";

fn protocol() -> Protocol {
    Protocol::new(FrameLimits::default(), None)
}

fn goodbye() -> Close {
    Close::new(CloseCode::NORMAL, "bye")
}

/// Decodes `bytes`, all of which must be consumed.
fn receive(protocol: &mut Protocol, bytes: &[u8]) -> Vec<Result<Message, Option<Close>>> {
    let mut bytes = bytes.to_vec();
    let mut input = Input::new(&mut bytes);
    let mut events = Vec::new();
    while let Some(event) = protocol.receive(&mut input).unwrap() {
        events.push(match event {
            Event::Message(message) => Ok(message.into()),
            Event::Closed(close) => Err(close),
            Event::Begun { .. } | Event::Part(_) => panic!("nothing is delivered in parts"),
        });
    }
    assert!(input.rest().is_empty());
    events
}

/// Calls every method that sends. None of the frames may be sent.
fn send_all(protocol: &mut Protocol) {
    protocol.send("late".into());
    protocol.send(Message::Close(Close::normal()));
    protocol.send_prepared(&PreparedMessage::new(vec![7; 5_000].into()));
    let mut encoded = Some(WriteQueue::take());
    encoded.as_mut().unwrap().push_text("late");
    protocol.send_encoded(&mut encoded);
    assert!(encoded.is_none_or(|queue| queue.is_empty()));
    protocol.ping();
    protocol.close(Some(&Close::normal()));
    protocol.close(None);
}

#[test]
fn a_close_frame_is_echoed_once_and_is_the_last_event() {
    for (payload, close, echo) in [(&b"\x03\xe8bye"[..], Some(goodbye()), GOODBYE), (b"", None, b"\x88\x00")]
    {
        let mut protocol = protocol();
        protocol.send("before".into());
        let behind =
            [frame(FIN | TEXT, b"late"), frame(FIN | PING, b"late"), frame(FIN | CLOSE, b""), vec![0xff]];
        let input = [frame(FIN | PING, b"p"), frame(FIN | CLOSE, payload), behind.concat()].concat();
        let events = receive(&mut protocol, &input);
        assert!(matches!(&events[..], [Ok(Message::Ping(_)), Err(closed)] if *closed == close), "{events:?}");
        assert!(protocol.is_ended());
        send_all(&mut protocol);
        assert_eq!(receive(&mut protocol, &frame(FIN | TEXT, b"late")), []);
        assert_eq!(written(&mut protocol, usize::MAX), [&b"\x81\x06before\x8a\x01p"[..], echo].concat());
        send_all(&mut protocol);
        assert_eq!(protocol.queued(), 0);
    }
}

#[test]
fn a_close_frame_between_the_fragments_of_a_message_ends_it() {
    let mut protocol = protocol();
    assert_eq!(receive(&mut protocol, &frame(TEXT, b"begun")), []);
    assert_eq!(receive(&mut protocol, &frame(FIN | CLOSE, b"\x03\xe8bye")), [Err(Some(goodbye()))]);
    assert_eq!(receive(&mut protocol, &frame(FIN, b"end")), []);
}

/// Other frames without a mask are errors.
#[test]
fn a_close_frame_without_a_mask_is_echoed_too() {
    for (bytes, close) in [(GOODBYE, Some(goodbye())), (b"\x88\x00", None)] {
        let mut protocol = protocol();
        assert_eq!(receive(&mut protocol, bytes), [Err(close)]);
        assert_eq!(written(&mut protocol, usize::MAX), bytes);
    }
}

#[test]
fn after_our_close_frame_data_is_skipped_up_to_the_clients() {
    let mut protocol = protocol();
    protocol.close(Some(&goodbye()));
    send_all(&mut protocol);
    let data = [
        frame(FIN | TEXT, b"text"),
        // The payload is not validated either.
        frame(FIN | TEXT, b"\xff"),
        frame(BINARY, &[7; 5_000]),
        frame(FIN, b""),
    ];
    assert_eq!(receive(&mut protocol, &data.concat()), []);
    assert!(!protocol.is_ended());
    // RFC 6455 5.5.1: "The application MUST NOT send any more data frames after sending a Close frame." A pong neither.
    let pinged = receive(&mut protocol, &frame(FIN | PING, b"p"));
    assert!(matches!(&pinged[..], [Ok(Message::Ping(_))]), "{pinged:?}");
    let closed = [frame(FIN | CLOSE, b"\x03\xe9"), frame(FIN | TEXT, b"late")].concat();
    assert_eq!(receive(&mut protocol, &closed), [Err(Some(Close::new(CloseCode::GOING_AWAY, "")))]);
    assert!(protocol.is_ended());
    assert_eq!(written(&mut protocol, usize::MAX), GOODBYE);
    assert_eq!(protocol.queued(), 0);
}

/// Limits protect memory, and skipped data takes none.
#[test]
fn after_our_close_frame_a_message_of_any_size_is_skipped() {
    let mut protocol = protocol();
    protocol.close(None);
    let header = [&[0x82, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[1, 2, 3, 4]].concat();
    assert_eq!(receive(&mut protocol, &header), []);
    assert!(protocol.message_buffer().is_none());
    for _ in 0..100 {
        assert_eq!(receive(&mut protocol, &[0x88; 10_000]), []);
    }
    assert!(protocol.is_mid_message() && !protocol.is_ended());
}

#[test]
fn close_frames_that_cross_are_both_valid() {
    let mut protocol = protocol();
    protocol.close(Some(&goodbye()));
    let written_before = written(&mut protocol, 3);
    assert_eq!(receive(&mut protocol, &frame(FIN | CLOSE, b"")), [Err(None)]);
    assert_eq!([written_before, written(&mut protocol, usize::MAX)].concat(), GOODBYE);
    assert_eq!(protocol.queued(), 0);
}

#[test]
fn nothing_is_decoded_after_a_protocol_error() {
    let large = [frame(BINARY, &[7; 10_000]), frame(FIN | PING, b"")].concat();
    for (before, bad, error) in [
        (&[][..], frame(0x83, b""), ProtocolError::ReservedOpcode(3)),
        (&[], frame(FIN | TEXT, b"\xff"), ProtocolError::InvalidUtf8),
        (&large, frame(FIN | TEXT, b""), ProtocolError::MessageNotFinished),
        (&large, frame(FIN | CLOSE, b"\x03\xed"), ProtocolError::CloseCode(1005)),
    ] {
        let mut protocol = protocol();
        receive(&mut protocol, before);
        written(&mut protocol, usize::MAX);
        let mut bytes = [bad, frame(FIN | TEXT, b"late"), frame(FIN | CLOSE, b"")].concat();
        let mut input = Input::new(&mut bytes);
        assert_eq!(protocol.receive(&mut input).unwrap_err(), error);
        assert!(protocol.is_ended() && protocol.message_buffer().is_none());
        assert!(matches!(protocol.receive(&mut input), Ok(None)));
        assert!(input.rest().is_empty(), "the rest is dropped");
        assert_eq!(receive(&mut protocol, &frame(FIN | PING, b"late")), []);
        // The close frame of the error still goes out.
        protocol.close(Some(&goodbye()));
        assert_eq!(written(&mut protocol, usize::MAX), GOODBYE);
    }
}

/// The codes of RFC 6455 7.4.2, and those that were registered later.
#[test]
fn c13_a_close_code_is_echoed_if_it_may_be_sent() {
    for code in 0..=u16::MAX {
        let payload = [&code.to_be_bytes()[..], b"words"].concat();
        let (mut protocol, mut bytes) = (protocol(), frame(FIN | CLOSE, &payload));
        let event = protocol.receive(&mut Input::new(&mut bytes));
        if matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
            assert!(matches!(event, Ok(Some(Event::Closed(Some(_))))), "{code}");
            assert_eq!(written(&mut protocol, usize::MAX), [&[0x88, 7][..], &payload].concat());
        } else {
            assert_eq!(event.unwrap_err(), ProtocolError::CloseCode(code));
            assert_eq!(protocol.queued(), 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Closes after any byte of the client's, even inside a frame.
    #[test]
    fn a_close_at_any_time_drops_the_data_that_follows_and_finds_the_clients_close(
        messages in prop::collection::vec((any::<bool>(), size(), any::<usize>(), prop::collection::vec(any::<usize>(), 0..3)), 1..6),
        at in any::<prop::sample::Index>(),
        sizes in sizes(),
    ) {
        let between = [Frame::new(FIN | PING, "between")];
        let frames = messages.iter().flat_map(|(is_text, size, seed, cuts)| {
            let payload = if *is_text { text(*size, *seed).into_bytes() } else { binary(*size, *seed) };
            fragments(if *is_text { TEXT } else { BINARY }, &payload, cuts, &between)
        });
        let input = [bytes(&frames.collect::<Vec<_>>()), frame(FIN | CLOSE, b"\x03\xe8bye")].concat();
        let at = at.index(input.len());
        let mut protocol = protocol();
        let (mut unread, mut rest) = (Vec::new(), &input[..]);
        let mut events = Vec::new();
        let mut sizes = sizes.iter().cycle();
        while !rest.is_empty() {
            let position = input.len() - rest.len();
            let until = if position < at { at - position } else { usize::MAX };
            let (piece, after) = rest.split_at((*sizes.next().unwrap()).min(until).min(rest.len()));
            if position == at {
                protocol.close(None);
                events.clear();
            }
            unread.extend_from_slice(piece);
            let mut input = Input::new(&mut unread);
            while let Some(event) = protocol.receive(&mut input).unwrap() {
                match event {
                    Event::Message(message) => events.push(Ok(Message::from(message))),
                    Event::Closed(close) => events.push(Err(close)),
                    Event::Begun { .. } | Event::Part(_) => panic!("nothing is delivered in parts"),
                }
            }
            unread = input.rest().to_vec();
            rest = after;
        }
        prop_assert_eq!(events.pop(), Some(Err(Some(goodbye()))));
        prop_assert!(events.iter().all(|event| matches!(event, Ok(Message::Ping(_)))), "{events:?}");
    }
}
