//! Compressed messages that the protocol receives, deflated by flate2.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{LIMIT, compress, deflated, limits, message, negotiated, payload};
use crate::message::Message;
use crate::protocol::header::{BINARY, FIN, PING, RSV1, TEXT};
use crate::protocol::oracle::{End, Received, Splits, receive_twice};
use crate::protocol::tests::client::{Frame, bytes, fragments, frame, size, sizes};
use crate::protocol::{FrameLimits, Input, Protocol, ProtocolError};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_compressed_by_flate2_are_received_however_they_are_framed_and_split(
        messages in vec((any::<bool>(), any::<bool>(), size(), any::<usize>(), vec(any::<usize>(), 0..4)), 1..6),
        takeover in any::<bool>(),
        sizes in sizes(),
        direct in prop_oneof![Just(0_u8), Just(0xff), any::<u8>()],
    ) {
        let mut context = compress();
        let between = [Frame::new(FIN | PING, "between")];
        let (mut frames, mut expected) = (Vec::new(), Vec::new());
        for (is_text, is_compressed, size, seed, cuts) in messages {
            let payload = payload(is_text, size.min(LIMIT), seed);
            let opcode = if is_text { TEXT } else { BINARY };
            if is_compressed {
                let deflated = deflated(&mut context, &payload);
                frames.extend(fragments(RSV1 | opcode, &deflated, &cuts, &between));
                if !takeover {
                    context.reset();
                }
            } else {
                frames.extend(fragments(opcode, &payload, &cuts, &between));
            }
            expected.push(message(is_text, payload));
        }
        let received = receive_twice(&bytes(&frames), Splits { sizes: &sizes, direct }, &limits(), Some(negotiated(takeover)));
        prop_assert_eq!(received.end, End::Open);
        let data = received.messages.into_iter().filter(|message| !matches!(message, Message::Ping(_)));
        prop_assert!(data.eq(expected));
    }
}

fn received(frames: &[Frame], sizes: &[usize], limits: &FrameLimits) -> Received {
    receive_twice(&bytes(frames), Splits { sizes, direct: 0xff }, limits, Some(negotiated(true)))
}

#[test]
fn c17_the_limit_applies_to_the_inflated_size() {
    let bomb = deflated(&mut compress(), &vec![b'x'; 20 << 20]);
    for limit in [200, 20_000, LIMIT] {
        let limits = FrameLimits { message: limit, ..limits() };
        // Cut so that the frames themselves do not exceed the limit.
        let bomb = [Frame::new(FIN | RSV1 | TEXT, &bomb[..bomb.len().min(limit)])];
        for sizes in [&[][..], &[1], &[1_000]] {
            assert_eq!(received(&bomb, sizes, &limits).end, End::Failed(ProtocolError::TooBig(limit)));
        }
    }
    let exactly = vec![b'x'; LIMIT];
    let frames = fragments(RSV1 | TEXT, &deflated(&mut compress(), &exactly), &[50, 100], &[]);
    let text = str::from_utf8(&exactly).unwrap();
    assert_eq!(received(&frames, &[], &limits()).messages, [Message::from(text.to_owned())]);
    let one_more = deflated(&mut compress(), &vec![b'x'; LIMIT + 1]);
    let frames = [Frame::new(FIN | RSV1 | TEXT, one_more)];
    assert_eq!(received(&frames, &[], &limits()).end, End::Failed(ProtocolError::TooBig(LIMIT)));
}

/// zlib may enlarge incompressible data by an eighth.
#[test]
fn c17_a_message_of_exactly_the_limit_passes_although_its_compressed_form_is_larger() {
    let mut state = 1_u64;
    let mut noise = |len| {
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        };
        (0..len).map(next).collect::<Vec<_>>()
    };
    for limit in [1, 10, 1_000, LIMIT] {
        let limits = FrameLimits { message: limit, ..limits() };
        for (len, fits) in [(limit, true), (limit + 1, false)] {
            let payload = noise(len);
            let deflated = deflated(&mut compress(), &payload);
            assert!(deflated.len() > len);
            for cuts in [&[][..], &[deflated.len() / 2]] {
                let received = received(&fragments(RSV1 | BINARY, &deflated, cuts, &[]), &[], &limits);
                let (messages, end) = if fits {
                    (vec![Message::from(payload.clone())], End::Open)
                } else {
                    (vec![], End::Failed(ProtocolError::TooBig(limit)))
                };
                assert_eq!((received.messages, received.end), (messages, end), "{len} bytes of {limit}");
            }
        }
    }
}

/// Empty blocks produce no output, however many arrive.
#[test]
fn c17_a_message_that_inflates_to_nothing_is_bounded_as_it_arrives() {
    let nothing = [0, 0, 0, 0xff, 0xff].repeat(LIMIT);
    let frames = fragments(RSV1 | BINARY, &nothing, &[30_000, 60_000, 90_000, 120_000, 150_000], &[]);
    assert_eq!(received(&frames, &[], &limits()).end, End::Failed(ProtocolError::TooBig(LIMIT)));
}

#[test]
fn bad_text_fails_before_its_compressed_message_is_whole() {
    let bad = deflated(&mut compress(), &[&b"text\xff"[..], &[b'x'; 9_999]].concat());
    let end = received(&[Frame::new(RSV1 | TEXT, bad)], &[], &limits()).end;
    assert_eq!(end, End::Failed(ProtocolError::InvalidUtf8));
}

/// The first of several faults counts, even if all of them arrive at once.
#[test]
fn the_first_fault_of_a_compressed_text_counts_however_it_is_split() {
    let stored = |payload: &[u8]| {
        let len = u16::try_from(payload.len()).unwrap();
        [&[0][..], &len.to_le_bytes(), &(!len).to_le_bytes(), payload].concat()
    };
    let reserved_block = [0x06];
    let limits = FrameLimits { message: 100, ..limits() };
    for (payload, error) in [
        ([stored(b"text\xff"), reserved_block.to_vec()].concat(), ProtocolError::InvalidUtf8),
        ([stored(b"text"), reserved_block.to_vec(), vec![0xff; 9]].concat(), ProtocolError::CorruptDeflate),
        (stored(&[&b"text\xff"[..], &[b'x'; 120]].concat()), ProtocolError::InvalidUtf8),
        (stored(&[&[b'x'; 101][..], b"\xff"].concat()), ProtocolError::TooBig(100)),
    ] {
        for sizes in [&[][..], &[1], &[20, 3]] {
            let end = received(&[Frame::new(FIN | RSV1 | TEXT, payload.clone())], sizes, &limits).end;
            assert_eq!(end, End::Failed(error), "{sizes:?}");
        }
    }
}

#[test]
fn c8_a_limit_lowered_below_the_inflated_size_ends_the_message() {
    let mut bytes = frame(FIN | RSV1 | TEXT, &deflated(&mut compress(), &[b'x'; 1_000]));
    let most = bytes.len() - 1;
    let (most, last) = bytes.split_at_mut(most);
    let mut protocol = Protocol::new(limits(), Some(negotiated(true)));
    assert!(protocol.receive(&mut Input::new(most)).unwrap().is_none());
    protocol.set_max_message_size(10);
    assert_eq!(protocol.receive(&mut Input::new(last)).unwrap_err(), ProtocolError::TooBig(10));
}

#[test]
fn nothing_is_inflated_after_our_close_frame() {
    for before in [&b""[..], &frame(RSV1 | BINARY, &[0xf2])] {
        let mut protocol = Protocol::new(limits(), Some(negotiated(true)));
        let mut unread = before.to_vec();
        assert!(protocol.receive(&mut Input::new(&mut unread)).unwrap().is_none());
        protocol.close(None);
        let corrupt = Frame::new(if before.is_empty() { FIN | RSV1 | BINARY } else { FIN }, [0x06; 50]);
        let mut bytes = bytes(&[corrupt]);
        let mut input = Input::new(&mut bytes);
        assert!(protocol.receive(&mut input).unwrap().is_none(), "a corrupt payload is dropped unread");
        assert!(input.rest().is_empty() && !protocol.is_mid_message());
    }
}
