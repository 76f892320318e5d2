//! What is put arrives whole and in its order, by whichever way it goes out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use proptest::prelude::*;
use tokio::runtime;

use super::*;
use crate::close::Close;
use crate::message::ControlPayload;
use crate::wire::messages::Traffic;
use crate::wire::post::Post;

/// Something that is said, of so many bytes, or that comes between.
#[derive(Clone, Copy, Debug)]
enum Said {
    Alone(usize),
    /// What others hear as well.
    Shared(usize),
    /// A control frame of the handler's.
    Control,
    /// A heartbeat.
    Ping,
    /// The client pings, and is answered.
    Pinged,
    Compress(bool),
    Rest,
    Flush,
}

/// Sizes around those that matter: of short lengths, of what is copied, of a fragment.
fn size() -> impl Strategy<Value = usize> {
    let bounds = vec![
        0, 1, 125, 126, 127, 2_044, 2_045, 4_096, 4_097, 16_374, 16_384, 65_535, 65_536, 65_537, 131_072,
    ];
    prop_oneof![
        16 => 0_usize..200,
        8 => 2_000_usize..5_000,
        2 => 16_300_usize..16_500,
        2 => 65_000_usize..140_000,
        4 => prop::sample::select(bounds),
    ]
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        6 => size().prop_map(Said::Alone),
        6 => size().prop_map(Said::Shared),
        1 => Just(Said::Control),
        1 => Just(Said::Ping),
        1 => Just(Said::Pinged),
        1 => any::<bool>().prop_map(Said::Compress),
        1 => Just(Said::Rest),
        2 => Just(Said::Flush),
    ]
}

fn takes() -> impl Strategy<Value = Vec<usize>> {
    let take = prop_oneof![Just(0), 1_usize..80, 1_000_usize..40_000];
    let large_enough =
        |takes: Vec<usize>| if takes.iter().any(|take| *take > 1_000) { takes } else { vec![] };
    prop::collection::vec(take, 0..6).prop_map(large_enough)
}

/// What came of whole frames without masks.
#[derive(Debug, Default)]
struct Came {
    /// Data messages, each with whether it was compressed.
    messages: Vec<(bool, Vec<u8>)>,
    /// The last of them has not ended.
    part: bool,
    controls: usize,
    pings: usize,
    pongs: usize,
    closed: bool,
}

fn came(mut bytes: &[u8]) -> Came {
    let mut came = Came::default();
    while let [first, second, rest @ ..] = bytes {
        assert!(!came.closed, "nothing comes after a close frame");
        let (len, rest) = match *second {
            126 => (usize::from(u16::from_be_bytes(rest[..2].try_into().unwrap())), &rest[2..]),
            127 => (usize::try_from(u64::from_be_bytes(rest[..8].try_into().unwrap())).unwrap(), &rest[8..]),
            short => (short.into(), rest),
        };
        let (payload, rest) = rest.split_at(len);
        let (fin, deflated) = (first & 0x80 != 0, first & 0x40 != 0);
        match first & 0xf {
            0 => {
                assert!(came.part && !deflated, "a fragment goes on with what was begun");
                came.messages.last_mut().unwrap().1.extend(payload);
                came.part = !fin;
            }
            2 => {
                assert!(!came.part, "a message begins where the one before has ended");
                came.messages.push((deflated, payload.to_vec()));
                came.part = !fin;
            }
            control => {
                assert!(fin && !deflated && len < 126, "a control frame");
                match (control, payload) {
                    (8, [0x03, 0xe8]) => came.closed = true,
                    (9, b"control") => came.controls += 1,
                    (9, b"") => came.pings += 1,
                    (10, b"pinged") => came.pongs += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        bytes = rest;
    }
    assert!(bytes.is_empty(), "whole frames");
    came
}

/// Whether it was woken.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Polls until it is ready, as a task would: again where it was woken, and never else.
fn wait<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<Result<T, Terminate>>) -> T {
    let woken = Arc::new(Woken::default());
    let waker = woken.clone().into();
    loop {
        if let Poll::Ready(done) = poll(&mut Context::from_waker(&waker)) {
            return done.unwrap();
        }
        assert!(woken.0.swap(false, Ordering::Relaxed), "nobody would wake it");
    }
}

fn message(number: usize, len: usize) -> Message {
    (0..len).map(|at| u8::try_from((at / 7 + number * 31) % 251).unwrap()).collect::<Vec<_>>().into()
}

fn count(said: &[Said], what: impl Fn(&Said) -> bool) -> usize {
    said.iter().filter(|said| what(said)).count()
}

/// All that was taken of what is `said`, in the end with a close frame or without.
fn sent(said: &[Said], takes: Vec<usize>, settled: Option<Settled>, close: bool) -> (Came, Traffic) {
    let pinged = frame(0x89, b"pinged");
    let input = pinged.repeat(count(said, |said| matches!(said, Said::Pinged)));
    let (script, output) = Script::new(&input, &[pinged.len()]).taking(takes);
    let mut messages = Messages::new(Transport::Script(script), &[], &limits(), settled);
    let mut task = Context::from_waker(Waker::noop());
    for (number, said) in said.iter().enumerate() {
        if matches!(said, Said::Alone(_) | Said::Shared(_) | Said::Control) {
            wait(|task| messages.poll_room(task));
        }
        match *said {
            Said::Alone(len) => messages.put(message(number, len)).unwrap(),
            Said::Shared(len) => messages.put_post(&Post::new(message(number, len))).unwrap(),
            Said::Control => {
                messages.put(Message::Ping(ControlPayload::new(&b"control"[..]).unwrap())).unwrap();
            }
            Said::Ping => messages.ping(&mut task).unwrap(),
            Said::Pinged => {
                let read = wait(|task| messages.poll_read(task));
                assert!(matches!(read, Message::Ping(_)), "{read:?}");
                assert!(poll(&mut messages).is_pending());
            }
            Said::Compress(on) => messages.set_compression(on),
            Said::Rest => messages.hibernate(&mut task),
            Said::Flush => _ = messages.poll_flush(&mut task).map(Result::unwrap),
        }
    }
    if close {
        let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
        assert!(runtime.block_on(messages.close(Some(Close::normal()))));
    } else {
        wait(|task| messages.poll_flush(task));
    }
    let traffic = messages.take_traffic();
    let output = output.lock().unwrap();
    assert_eq!(traffic.bytes_out, output.len() as u64);
    (came(&output), traffic)
}

/// What is heard is what was said.
fn hold(said: &[Said], takes: Vec<usize>, settled: Option<Settled>, close: bool) {
    let (mut came, traffic) = sent(said, takes, settled, close);
    let mut expected: Vec<_> = said
        .iter()
        .enumerate()
        .filter_map(|(number, said)| match *said {
            Said::Alone(len) | Said::Shared(len) => match message(number, len) {
                Message::Binary(bytes) => Some(bytes),
                other => panic!("{other:?}"),
            },
            _ => None,
        })
        .collect();
    let controls = count(said, |said| matches!(said, Said::Control));
    assert_eq!(traffic.messages_out, (expected.len() + controls) as u64);
    let pinged = count(said, |said| matches!(said, Said::Pinged));
    assert_eq!((came.closed, came.controls, came.pongs), (close, controls, pinged));
    // Of heartbeats that wait, one will do.
    assert!(came.pings <= count(said, |said| matches!(said, Said::Ping)));
    if came.part {
        assert!(close, "only a close stands in the way of the rest");
        came.messages.pop();
        expected.pop();
    }
    let client = settled.is_none_or(|settled| settled.agreed.server_no_context_takeover);
    let mut inflate = crate::protocol::deflate::Inflate::new(Agreed {
        // What the server sends is what this client takes.
        client_no_context_takeover: client,
        ..AGREED
    });
    let heard = came.messages.into_iter().map(|(deflated, payload)| {
        if !deflated {
            return payload;
        }
        let mut out = Vec::new();
        inflate.inflate(&payload, &mut out, usize::MAX >> 1).unwrap();
        inflate.finish(&mut out, usize::MAX >> 1).unwrap();
        out
    });
    assert!(heard.eq(expected));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_taken_at_a_time(
        said in prop::collection::vec(said(), 1..80),
        takes in takes(),
        close in any::<bool>(),
    ) {
        hold(&said, takes, None, close);
    }

    #[test]
    fn compressed_too(
        said in prop::collection::vec(said(), 1..40),
        takes in takes(),
        server_no_context_takeover in any::<bool>(),
        close in any::<bool>(),
    ) {
        let agreed = Agreed { server_no_context_takeover, ..AGREED };
        hold(&said, takes, Some(Settled { agreed, ours: Compression::new().min(64) }), close);
    }
}

/// Whatever it is that has room again first: what is flushed, or a pong.
#[test]
fn c11_a_heartbeat_that_waits_for_room_is_sent() {
    for pinged in [false, true] {
        let (script, output) = Script::new(&frame(0x89, b"pinged"), &[]).taking(vec![]);
        let stalled = script.stalled();
        stalled.store(true, Ordering::Relaxed);
        let mut messages = Messages::new(Transport::Script(script), &[], &limits(), None);
        let mut task = Context::from_waker(Waker::noop());
        messages.put(message(0, 50_000)).unwrap();
        messages.ping(&mut task).unwrap();
        assert!(messages.poll_flush(&mut task).is_pending());
        stalled.store(false, Ordering::Relaxed);
        if pinged {
            assert!(matches!(wait(|task| messages.poll_read(task)), Message::Ping(_)));
        }
        wait(|task| messages.poll_room(task));
        messages.put(message(1, 10)).unwrap();
        wait(|task| messages.poll_flush(task));
        let came = came(&output.lock().unwrap());
        assert_eq!((came.messages.len(), came.pings, came.pongs), (2, 1, usize::from(pinged)));
    }
}
