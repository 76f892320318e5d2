//! Both halves together: one inflates the output of the other, however it is split.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Corrupt, Deflate, Inflate, Negotiated, Parameters};
use crate::protocol::Compression;

fn settings() -> impl Strategy<Value = Negotiated> {
    (any::<bool>(), 9_u8..=15, 0_u8..=9).prop_map(|(no_takeover, bits, level)| Negotiated {
        parameters: Parameters {
            server_no_context_takeover: no_takeover,
            client_no_context_takeover: no_takeover,
            server_max_window_bits: bits,
            client_max_window_bits: bits,
        },
        settings: Compression::new().level(level).min(0),
    })
}

/// Random bytes, repeated so that they can be compressed.
fn message() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), 0..300), 1_usize..400).prop_map(|(bytes, times)| bytes.repeat(times))
}

/// Inflates `payload` in pieces of `sizes`, repeated, with `room` bytes of output at a time.
fn inflated(inflate: &mut Inflate, payload: &[u8], sizes: &[usize], room: usize) -> Result<Vec<u8>, Corrupt> {
    let (mut out, mut left) = (Vec::new(), payload);
    let mut sizes = sizes.iter().cycle();
    while !left.is_empty() {
        let (mut piece, after) = left.split_at(left.len().min(*sizes.next().expect("a size")));
        while !piece.is_empty() {
            let before = out.len();
            let consumed = inflate.inflate(piece, &mut out, room)?;
            assert!(consumed > 0 || out.len() > before, "nothing was done");
            assert!(out.len() <= before + room);
            piece = &piece[consumed..];
        }
        left = after;
    }
    loop {
        let before = out.len();
        let done = inflate.finish(&mut out, room)?;
        assert!(out.len() <= before + room);
        if done {
            return Ok(out);
        }
    }
}

const SIZES: Range<usize> = 1..2_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn deflated_data_inflates_to_itself_however_it_is_split(
        negotiated in settings(),
        messages in vec(message(), 1..4),
        sizes in vec(SIZES, 1..20),
        room in SIZES,
    ) {
        let (mut deflate, mut inflate) = (Deflate::new(negotiated), Inflate::new(negotiated.parameters));
        for message in messages {
            if let Some(deflated) = deflate.deflate(&message) {
                prop_assert_eq!(inflated(&mut inflate, &deflated, &sizes, room), Ok(message));
            }
        }
    }

    #[test]
    fn no_input_does_more_than_it_may(
        negotiated in settings(),
        payloads in vec(vec(any::<u8>(), 0..200), 1..4),
        sizes in vec(SIZES, 1..20),
        room in SIZES,
    ) {
        let mut inflate = Inflate::new(negotiated.parameters);
        for payload in payloads {
            if inflated(&mut inflate, &payload, &sizes, room).is_err() {
                break;
            }
        }
    }
}
