//! What is put arrives whole and in its order, by whichever way it goes out.

use proptest::prelude::*;

use super::*;
use crate::wire::post::Post;

/// Something that is said, of so many bytes.
#[derive(Clone, Debug)]
enum Said {
    Alone(usize),
    /// What others hear as well.
    Shared(usize),
    Ping,
    Flush,
}

/// Sizes around those that matter: of short lengths, of what is copied, of a fragment.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        8 => 0_usize..200,
        4 => 2_000_usize..5_000,
        1 => 16_300_usize..16_500,
        1 => 65_000_usize..140_000,
    ]
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        4 => size().prop_map(Said::Alone),
        4 => size().prop_map(Said::Shared),
        1 => Just(Said::Ping),
        1 => Just(Said::Flush),
    ]
}

/// Data messages put together from whole frames without masks, each with whether it was compressed.
fn messages(mut bytes: &[u8]) -> Vec<(bool, Vec<u8>)> {
    let mut messages = Vec::<(bool, Vec<u8>)>::new();
    while let [first, second, rest @ ..] = bytes {
        let (len, rest) = match *second {
            126 => (usize::from(u16::from_be_bytes(rest[..2].try_into().unwrap())), &rest[2..]),
            127 => (usize::try_from(u64::from_be_bytes(rest[..8].try_into().unwrap())).unwrap(), &rest[8..]),
            short => (short.into(), rest),
        };
        let (payload, rest) = rest.split_at(len);
        match first & 0xf {
            0 => messages.last_mut().expect("a message has begun").1.extend(payload),
            2 => messages.push((first & 0x40 != 0, payload.to_vec())),
            _ => {}
        }
        bytes = rest;
    }
    messages
}

/// All that was taken of what is `said`, and what it should be.
fn sent(said: &[Said], sizes: Vec<usize>, settled: Option<Settled>) -> (Vec<u8>, Vec<Vec<u8>>) {
    let (script, output) = Script::taking(sizes);
    let mut messages = Messages::new(Transport::Script(script), &[], &limits(), settled);
    let mut task = Context::from_waker(Waker::noop());
    let mut expected = Vec::new();
    for (number, said) in said.iter().enumerate() {
        while messages.poll_room(&mut task).map(Result::unwrap).is_pending() {}
        let message = |len| {
            Message::from(
                (0..len).map(|at| u8::try_from((at / 7 + number * 31) % 251).unwrap()).collect::<Vec<_>>(),
            )
        };
        match *said {
            Said::Alone(len) => messages.put(message(len)).unwrap(),
            Said::Shared(len) => messages.put_post(&Post::new(message(len))).unwrap(),
            Said::Ping => messages.ping(&mut task).unwrap(),
            Said::Flush => _ = messages.poll_flush(&mut task),
        }
        if let Said::Alone(len) | Said::Shared(len) = *said {
            let Message::Binary(bytes) = message(len) else { unreachable!("bytes are binary") };
            expected.push(bytes.to_vec());
        }
    }
    while messages.poll_flush(&mut task).map(Result::unwrap).is_pending() {}
    let taken = output.lock().unwrap().clone();
    (taken, expected)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_taken_at_a_time(
        said in prop::collection::vec(said(), 1..80),
        takes in prop::collection::vec(prop_oneof![Just(0), 1_usize..80, 1_000_usize..40_000], 0..6),
    ) {
        let takes = if takes.iter().any(|take| *take > 1_000) { takes } else { vec![] };
        let (taken, expected) = sent(&said, takes, None);
        let heard: Vec<_> = messages(&taken).into_iter().map(|(_, payload)| payload).collect();
        prop_assert!(heard == expected);
    }

    #[test]
    fn compressed_too(
        said in prop::collection::vec(said(), 1..40),
        client in any::<bool>(),
    ) {
        let agreed = Agreed { server_no_context_takeover: client, ..AGREED };
        let settled = Settled { agreed, ours: Compression::new().min(64) };
        let (taken, expected) = sent(&said, vec![0, 900, 20_000], Some(settled));
        let mut inflate = crate::wire::deflate::Inflate::new(Agreed {
            // What the server sends is what this client takes.
            client_no_context_takeover: client, ..AGREED
        });
        let heard: Vec<_> = messages(&taken)
            .into_iter()
            .map(|(deflated, payload)| {
                if !deflated {
                    return payload;
                }
                let mut out = Vec::new();
                inflate.inflate(&payload, &mut out, usize::MAX >> 1).unwrap();
                inflate.finish(&mut out, usize::MAX >> 1).unwrap();
                out
            })
            .collect();
        prop_assert!(heard == expected);
    }
}
