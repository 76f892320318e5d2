//! permessage-deflate (RFC 7692) in frames, compared with flate2.

use flate2::{Compress, Compression as Level, Decompress, FlushCompress, FlushDecompress};
use proptest::collection::vec;
use proptest::prelude::*;

use super::client::{Frame, binary, bytes, fragments, frame, size, sizes, text};
use crate::message::{ControlPayload, Message};
use crate::protocol::Compression;
use crate::protocol::deflate::{Negotiated, Parameters};
use crate::protocol::header::{BINARY, FIN, PING, RSV1, TEXT};
use crate::protocol::oracle::{End, Received, Splits, receive, written};
use crate::protocol::{FrameLimits, Input, PreparedMessage, Protocol, ProtocolError};

const LIMIT: usize = 100_000;

fn limits() -> FrameLimits {
    FrameLimits { message: LIMIT, frame: usize::MAX, ..FrameLimits::default() }
}

pub(super) fn negotiated(takeover: bool) -> Negotiated {
    let parameters = Parameters {
        server_no_context_takeover: !takeover,
        client_no_context_takeover: !takeover,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    };
    Negotiated { parameters, settings: Compression::new().min(64) }
}

pub(super) fn compress() -> Compress {
    Compress::new(Level::fast(), false)
}

/// Compresses a message as a client does (RFC 7692 7.2.1), with its earlier messages as the context.
pub(super) fn deflated(compress: &mut Compress, payload: &[u8]) -> Vec<u8> {
    if payload.is_empty() {
        // RFC 7692 7.2.3.6: a flush without input may produce no output.
        return vec![0];
    }
    let mut out = Vec::with_capacity(payload.len() * 5 / 4 + 1_000);
    compress.compress_vec(payload, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
    out.truncate(out.len() - 4);
    out
}

/// Inflates a server's message (RFC 7692 7.2.2).
fn inflated(decompress: &mut Decompress, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 << 20);
    let input = [payload, &[0, 0, 0xff, 0xff]].concat();
    let before = decompress.total_in();
    decompress.decompress_vec(&input, &mut out, FlushDecompress::Sync).unwrap();
    assert_eq!(decompress.total_in() - before, input.len() as u64, "all of it");
    out
}

/// Generates sizes without the largest, because zlib is slow without optimization.
fn sent_size() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 0_usize..300, 4 => 1_000_usize..5_000, 1 => 30_000_usize..70_000]
}

/// Parses a server's frames into first byte and payload.
///
/// # Panics
/// Panics if the last frame is incomplete, or if one is masked.
fn server_frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        let (len, rest) = match second {
            0x7e => (u64::from(u16::from_be_bytes(*rest.first_chunk().unwrap())), &rest[2..]),
            0x7f => (u64::from_be_bytes(*rest.first_chunk().unwrap()), &rest[8..]),
            short @ ..0x7e => (u64::from(*short), rest),
            masked => panic!("a mask: {masked:x}"),
        };
        let (payload, rest) = rest.split_at(usize::try_from(len).unwrap());
        frames.push((*first, payload.to_vec()));
        bytes = rest;
    }
    assert!(bytes.is_empty(), "a frame that is not whole");
    frames
}

fn payload(is_text: bool, size: usize, seed: usize) -> Vec<u8> {
    if is_text { text(size, seed).into_bytes() } else { binary(size, seed) }
}

fn message(is_text: bool, payload: Vec<u8>) -> Message {
    if is_text { String::from_utf8(payload).unwrap().into() } else { payload.into() }
}

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
        let received = receive(&bytes(&frames), Splits { sizes: &sizes, direct }, &limits(), Some(negotiated(takeover)));
        prop_assert_eq!(received.end, End::Open);
        let data = received.messages.into_iter().filter(|message| !matches!(message, Message::Ping(_)));
        prop_assert!(data.eq(expected));
    }

    #[test]
    fn flate2_inflates_sent_messages(
        messages in vec((any::<bool>(), any::<bool>(), sent_size(), any::<usize>()), 1..8),
        takeover in any::<bool>(),
        bits in 9_u8..=15,
        level in 1_u8..=9,
        hibernates in any::<u16>(),
    ) {
        let mut negotiated = negotiated(takeover);
        negotiated.parameters.server_max_window_bits = bits;
        negotiated.settings = negotiated.settings.level(level);
        let mut protocol = Protocol::new(limits(), Some(negotiated));
        let mut expected = Vec::new();
        for (number, (is_text, is_prepared, size, seed)) in messages.into_iter().enumerate() {
            let message = message(is_text, payload(is_text, size, seed));
            if is_prepared {
                protocol.send_prepared(&PreparedMessage::new(message.clone()));
            } else {
                protocol.send(message.clone());
            }
            if hibernates >> number & 1 == 1 {
                protocol.hibernate();
            }
            expected.push(message);
        }
        let out = written(&mut protocol, usize::MAX);
        let mut context = Decompress::new_with_window_bits(false, bits);
        let mut compressed = 0;
        let read = server_frames(&out).into_iter().map(|(first, payload)| {
            let is_compressed = first & RSV1 != 0;
            compressed += usize::from(is_compressed);
            let payload = if is_compressed { inflated(&mut context, &payload) } else { payload };
            if !takeover {
                context.reset(false);
            }
            message(first & !RSV1 == FIN | TEXT, payload)
        });
        prop_assert!(read.eq(expected.iter().cloned()));
        if takeover {
            prop_assert_eq!(compressed, expected.iter().filter(|message| message.len() >= 64).count());
        }
    }
}

/// The frames are the same byte for byte, compressed or not.
#[test]
fn c10_a_message_to_many_goes_out_as_if_it_were_sent_to_one() {
    for (takeover, on) in [(false, true), (true, true), (false, false)] {
        for len in [0, 63, 64, 5_000, 100_000] {
            let message = Message::from("s".repeat(len));
            let sent = |send: &dyn Fn(&mut Protocol)| {
                let mut protocol = Protocol::new(limits(), Some(negotiated(takeover)));
                protocol.set_compression(on);
                send(&mut protocol);
                written(&mut protocol, usize::MAX)
            };
            let alone = sent(&|protocol| protocol.send(message.clone()));
            let shared = sent(&|protocol| protocol.send_prepared(&PreparedMessage::new(message.clone())));
            assert!(alone == shared, "{len} bytes, takeover: {takeover}, on: {on}");
            assert_eq!(alone[0] & RSV1 != 0, on && len >= 64, "{len} bytes, takeover: {takeover}, on: {on}");
        }
    }
    let ping = Message::Ping(ControlPayload::new(vec![7; 100]).unwrap());
    let mut protocol = Protocol::new(limits(), Some(negotiated(false)));
    protocol.send_prepared(&PreparedMessage::new(ping));
    assert_eq!(written(&mut protocol, usize::MAX)[..2], [0x89, 100]);
}

fn received(frames: &[Frame], sizes: &[usize], limits: &FrameLimits) -> Received {
    receive(&bytes(frames), Splits { sizes, direct: 0xff }, limits, Some(negotiated(true)))
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
