//! Compressed messages that the protocol sends, inflated by flate2.

use flate2::{Decompress, FlushDecompress};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{limits, message, negotiated, payload};
use crate::message::{ControlPayload, Message};
use crate::protocol::header::{FIN, RSV1, TEXT};
use crate::protocol::oracle::written;
use crate::protocol::{PreparedMessage, Protocol};

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

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

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

/// Only the first frame is marked as compressed (RFC 7692 6.1), and the payload is compressed as a whole.
#[test]
fn a_compressed_message_may_be_sent_in_fragments() {
    let text: String = (0..3_000).map(|number: u32| number.to_string()).collect();
    for prepared in [false, true] {
        let mut protocol = Protocol::new(limits(), Some(negotiated(false)));
        protocol.set_fragment_size(1_000);
        if prepared {
            protocol.send_prepared(&PreparedMessage::new(text.clone().into()));
        } else {
            protocol.send(text.clone().into());
        }
        let frames = server_frames(&written(&mut protocol, usize::MAX));
        let (last, before) = frames.split_last().unwrap();
        assert!(before.len() >= 2 && before.iter().all(|(_, payload)| payload.len() == 1_000));
        assert_eq!(before[0].0, RSV1 | TEXT);
        assert!(before[1..].iter().all(|(first, _)| *first == 0));
        assert_eq!(last.0, FIN);
        let payload: Vec<u8> = frames.into_iter().flat_map(|(_, payload)| payload).collect();
        let mut context = Decompress::new_with_window_bits(false, 15);
        assert!(inflated(&mut context, &payload) == text.as_bytes());
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
