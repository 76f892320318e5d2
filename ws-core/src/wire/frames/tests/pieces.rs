//! Frames that arrive in any pieces, and what is kept of them meanwhile.

use std::pin::Pin;

use proptest::prelude::*;
use tokio::io::{AsyncRead, ReadBuf};

use super::super::{Bounds, Frames};
use super::*;

/// Something that a client may send, or may not.
#[derive(Clone, Debug)]
pub(super) enum Sent {
    /// A message in fragments, cut where `cuts` say, with pings between where there is room.
    Data {
        text: bool,
        payload: Vec<u8>,
        cuts: Vec<usize>,
        pings: bool,
    },
    Ping(Vec<u8>),
    Close(Vec<u8>),
    /// Bytes as they are.
    Raw(Vec<u8>),
}

impl Sent {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Data { text, payload, cuts, pings } => {
                let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (payload.len() + 1)).collect();
                cuts.sort_unstable();
                cuts.push(payload.len());
                let mut start = 0;
                let mut opcode = if *text { 1 } else { 2 };
                for (number, end) in cuts.iter().enumerate() {
                    let fin = if number + 1 == cuts.len() { 0x80 } else { 0 };
                    out.extend(frame(fin | opcode, &payload[start..*end]));
                    if *pings && fin == 0 {
                        out.extend(frame(0x89, b"between"));
                    }
                    (start, opcode) = (*end, 0);
                }
            }
            Self::Ping(payload) => out.extend(frame(0x89, payload)),
            Self::Close(payload) => out.extend(frame(0x88, payload)),
            Self::Raw(bytes) => out.extend(bytes),
        }
    }
}

/// Sizes around those that matter: of short lengths, of the codec's buffer, of the scratch buffer.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        8 => 0_usize..200,
        4 => 1_000_usize..1_100,
        1 => 16_300_usize..16_500,
        1 => 30_000_usize..70_000,
    ]
}

fn data() -> impl Strategy<Value = Sent> {
    let cuts = prop::collection::vec(any::<usize>(), 0..4);
    (any::<bool>(), size(), any::<u8>(), cuts, any::<bool>()).prop_map(|(text, size, seed, cuts, pings)| {
        let payload = if text {
            "aä€😀z".chars().cycle().skip(seed.into()).take(size / 2).collect::<String>().into_bytes()
        } else {
            (0..=255_u8).map(|at| at.wrapping_mul(seed)).cycle().take(size).collect()
        };
        Sent::Data { text, payload, cuts, pings }
    })
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        8 => data(),
        2 => prop::collection::vec(any::<u8>(), 0..126).prop_map(Sent::Ping),
        1 => prop::collection::vec(any::<u8>(), 0..9).prop_map(Sent::Close),
        1 => (1000_u16..1012).prop_map(|code| Sent::Close(code.to_be_bytes().to_vec())),
        1 => prop::collection::vec(any::<u8>(), 1..20).prop_map(Sent::Raw),
    ]
}

pub(super) fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        1 => Just(vec![1]),
        1 => prop::collection::vec(1_usize..12, 1..20),
        4 => prop::collection::vec(1_usize..20_000, 1..5),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_comes_to_the_same(
        sent in prop::collection::vec(sent(), 1..8),
        sizes in sizes(),
        early in prop_oneof![Just(0), 0_usize..40_000],
    ) {
        let mut input = Vec::new();
        for sent in &sent {
            sent.write(&mut input);
        }
        let whole = all(over(&input, 0, &[], &limits(), false));
        let split = all(over(&input, early, &sizes, &limits(), false));
        prop_assert_eq!(whole, split);
    }

    #[test]
    fn what_is_sent_is_what_is_heard(
        sent in prop::collection::vec(data(), 1..6),
        sizes in sizes(),
    ) {
        let mut input = Vec::new();
        for sent in &sent {
            sent.write(&mut input);
        }
        input.extend(frame(0x88, b"\x0f\xa0bye"));
        let heard = all(over(&input, 0, &sizes, &limits(), false));
        prop_assert_eq!(heard.end, "remote: closed by the client with 4000 bye");
        let data = heard.messages.into_iter().filter_map(|message| match message {
            Message::Text(text) => Some((true, text.as_bytes().to_vec())),
            Message::Binary(bytes) => Some((false, bytes.to_vec())),
            _ => None,
        });
        let expected = sent.into_iter().map(|sent| match sent {
            Sent::Data { text, payload, .. } => (text, payload),
            other => panic!("{other:?}"),
        });
        prop_assert!(data.eq(expected));
    }
}

#[test]
fn bad_utf_8_in_the_middle_of_a_frame_fails_before_the_frame_is_whole() {
    let mut input = frame(0x81, &[&b"good, then "[..], b"\xff", &[b'x'; 5000]].concat());
    input.truncate(100);
    // The script's end would be `lost`.
    let heard = all(over(&input, 0, &[1], &limits(), false));
    assert_eq!(heard.end, "bad_encoding: bad data: text that is not UTF-8");
}

/// Frames that have read all of `input`, and what of it went on.
fn read(input: &[u8], limits: &Limits) -> (Frames, Vec<u8>) {
    let transport = Transport::Script(Script::new(input, &[]));
    let mut frames = Frames::new(transport, &[], Bounds::new(limits), None);
    let mut passed = vec![0; input.len()];
    let mut passed = ReadBuf::new(&mut passed);
    let cx = &mut Context::from_waker(Waker::noop());
    // Without a second thing to bring the script comes to its end.
    while Pin::new(&mut frames).poll_read(cx, &mut passed).is_pending() {}
    (frames, passed.filled().to_vec())
}

#[test]
fn what_has_begun_is_known_and_little_of_it_is_kept() {
    let message = [frame(0x01, b"ab"), frame(0x89, b"ping"), frame(0x80, b"c")].concat();
    for cut in 1..message.len() {
        let (frames, passed) = read(&message[..cut], &limits());
        // A part of a header is not with the codec: the connection may rest.
        assert_eq!(frames.at_rest(), passed.is_empty(), "{cut}");
        assert!(frames.begun.is_some(), "{cut}");
        assert!(frames.scratch.is_none() && frames.held.len() <= 10, "{cut}");
    }
    let (frames, passed) = read(&message, &limits());
    assert!(frames.at_rest() && frames.begun.is_none() && frames.held.capacity() == 0);
    assert_eq!(passed, message);
}

#[test]
fn c17_the_codec_is_told_of_no_more_than_has_come() {
    let limits = Limits { max_message_size: 1 << 30, ..Limits::default() };
    let frame = frame(0x82, &vec![7; 1 << 20]);
    let (frames, passed) = read(&frame[..24], &limits);
    assert!(frames.scratch.is_none() && frames.held.capacity() == 0);
    // Ten bytes of payload behind a header of fourteen, not final.
    assert_eq!(passed[..10], [0x02, 0xff, 0, 0, 0, 0, 0, 0, 0, 10]);
}
