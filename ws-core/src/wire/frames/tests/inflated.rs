//! Compressed messages (RFC 7692), as they come out.

use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

use super::pieces::sizes;
use super::*;

const RSV1: u8 = 0x40;

/// As a client compresses a message (RFC 7692 7.2.1), with what it sent before as its context.
fn deflated(compress: &mut Compress, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() * 5 / 4 + 1000);
    compress.compress_vec(payload, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
    out.truncate(out.len() - 4);
    out
}

fn compress() -> Compress {
    Compress::new(Compression::fast(), false)
}

/// A message in frames of `size` bytes, with pings between.
fn frames(opcode: u8, payload: &[u8], size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut first = opcode;
    let count = payload.len().div_ceil(size).max(1);
    for number in 0..count {
        let part = &payload[number * size..payload.len().min((number + 1) * size)];
        let fin = if number + 1 == count { 0x80 } else { 0 };
        out.extend(frame(fin | first, part));
        if fin == 0 {
            out.extend(frame(0x89, b"between"));
        }
        first = 0;
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn c10_any_split_comes_to_the_same(
        sent in prop::collection::vec((any::<bool>(), any::<bool>(), 0_usize..60_000, 1_usize..255, any::<u64>()), 1..5),
        size in prop_oneof![1_500_usize..3_000, Just(usize::MAX)],
        sizes in sizes(),
    ) {
        let mut compress = compress();
        let mut input = Vec::new();
        let mut expected = Vec::new();
        for (text, compressed, len, period, seed) in sent {
            let mut state = seed;
            let pattern: Vec<u8> = (0..period).map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                if text { b'a' + (state >> 60) as u8 } else { (state >> 56) as u8 }
            }).collect();
            let payload: Vec<u8> = pattern.into_iter().cycle().take(len).collect();
            let opcode = if text { 1 } else { 2 };
            if compressed {
                input.extend(frames(opcode | RSV1, &deflated(&mut compress, &payload), size));
            } else {
                input.extend(frames(opcode, &payload, size));
            }
            expected.push((text, payload));
        }
        input.extend(frame(0x88, b""));
        let heard = all(over(&input, 0, &sizes, &limits(), true));
        prop_assert_eq!(&heard.end, "remote: closed by the client");
        let data: Vec<_> = heard.messages.into_iter().filter_map(|message| match message {
            Message::Text(text) => Some((true, text.as_bytes().to_vec())),
            Message::Binary(bytes) => Some((false, bytes.to_vec())),
            _ => None,
        }).collect();
        prop_assert!(data == expected);
    }
}

#[test]
fn c17_the_limit_holds_on_what_comes_out() {
    let bomb = deflated(&mut compress(), &vec![b'x'; 20 << 20]);
    for limit in [200, 20_000, LIMIT] {
        let limits = Limits { max_message_size: limit, max_frame_size: usize::MAX, ..Limits::default() };
        // In frames that are not over the limit by themselves.
        let input = frames(1 | RSV1, &bomb[..bomb.len().min(limit)], usize::MAX);
        for sizes in [&[][..], &[1], &[1000]] {
            let end = all(over(&input, 0, sizes, &limits, true)).end;
            assert_eq!(end, format!("bad_size: a message of more than {limit} bytes"));
        }
    }
    let exactly = frames(1 | RSV1, &deflated(&mut compress(), &vec![b'x'; LIMIT]), 50);
    let heard = all(over(&exactly, 0, &[], &limits(), true));
    assert!(heard.messages.contains(&Message::from("x".repeat(LIMIT).as_str())), "{}", heard.end);
}

/// What does not get smaller gets larger: zlib is allowed an eighth and a little more, however it is set up.
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
    for limit in [1, 10, 1000, LIMIT] {
        let limits = Limits { max_message_size: limit, ..Limits::default() };
        for (len, fits) in [(limit, true), (limit + 1, false)] {
            let payload = noise(len);
            let deflated = deflated(&mut compress(), &payload);
            assert!(deflated.len() > len);
            for size in [usize::MAX, deflated.len() / 2 + 1] {
                let input = [frames(2 | RSV1, &deflated, size), frame(0x88, b"")].concat();
                let heard = all(over(&input, 0, &[], &limits, true));
                let whole = heard.messages.contains(&Message::from(payload.clone()));
                assert_eq!(whole, fits, "{len} bytes of {limit}: {}", heard.end);
                assert_eq!(heard.end.starts_with("bad_size"), !fits);
            }
        }
    }
}

/// Blocks of nothing make no message, however many come.
#[test]
fn c17_what_inflates_to_nothing_is_bounded_as_it_comes() {
    let nothing = [0, 0, 0, 0xff, 0xff].repeat(LIMIT);
    let input = frames(2 | RSV1, &nothing, 30_000);
    let end = all(over(&input, 0, &[], &limits(), true)).end;
    assert_eq!(end, format!("bad_size: a message of more than {LIMIT} bytes"));
}

#[test]
fn c10_a_reserved_bit_where_it_has_no_meaning_is_refused() {
    let hello = deflated(&mut compress(), b"Hello");
    let fragment = frame(0x01 | RSV1, &hello[..2]);
    for (input, deflate) in [
        (frame(0x81 | RSV1, &hello), false),
        ([fragment.clone(), frame(0x80 | RSV1, &hello[2..])].concat(), true),
        (frame(0x89 | RSV1, b"ping"), true),
        (frame(0x88 | RSV1, b""), true),
        (frame(0x81 | 0x20, b""), true),
        (frame(0x81 | RSV1 | 0x10, b""), true),
    ] {
        let heard = all(over(&input, 0, &[3], &limits(), deflate));
        assert_eq!(heard.end, "bad_frame: protocol error: a frame with a reserved bit", "{input:x?}");
        assert_eq!(heard.messages, []);
    }
    // An empty last frame, and a message that is empty.
    let input = [fragment, frame(0x00, &hello[2..]), frame(0x80, b""), frame(0x82 | RSV1, b"\0")].concat();
    let heard = all(over(&input, 0, &[1], &limits(), true));
    assert_eq!(heard.messages, [Message::from("Hello"), Message::from(Vec::new())]);
}

#[test]
fn what_cannot_be_inflated_is_bad_encoding_as_is_what_is_no_text() {
    let input = frame(0x81 | RSV1, &[0x06, 0, 0, 0]);
    let end = all(over(&input, 0, &[], &limits(), true)).end;
    assert_eq!(end, "bad_encoding: bad data: a compressed message that cannot be inflated");
    // In the middle of the message, which is not whole.
    let no_text = deflated(&mut compress(), &[&b"text\xff"[..], &[b'x'; 9999]].concat());
    let input = frame(0x01 | RSV1, &no_text);
    let end = all(over(&input, 0, &[], &limits(), true)).end;
    assert_eq!(end, "bad_encoding: bad data: text that is not UTF-8");
}
