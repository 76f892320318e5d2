//! What goes out past the codec: how much may wait, and that it stays with its connection.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use tokio::io::AsyncWrite;

use super::*;
use crate::message::ControlPayload;
use crate::wire::frames::{Bounds, Frames};
use crate::wire::post::Post;

type Output = Arc<Mutex<Vec<u8>>>;
type Stall = Arc<AtomicBool>;

/// Over a client that takes so many bytes at a time, and nothing while it is stalled.
fn frames(takes: &[usize]) -> (Frames, Output, Stall) {
    let (script, output) = Script::new(&[], &[]).taking(takes.to_vec());
    let stalled = script.stalled();
    (Frames::new(Transport::Script(script), &[], Bounds::new(&limits()), None), output, stalled)
}

fn flush(frames: &mut Frames) -> Poll<io::Result<()>> {
    Pin::new(frames).poll_flush(&mut Context::from_waker(Waker::noop()))
}

/// So many were put; `expected` has them.
fn put(frames: &mut Frames, expected: &mut Vec<u8>, len: usize, shared: bool) -> usize {
    let frame = |number: usize| Bytes::from(vec![u8::try_from(number % 251).unwrap(); len]);
    (0..10_000)
        .map(frame)
        .take_while(|frame| {
            let put = if shared {
                frames.put_shared(frame.clone())
            } else {
                frames.put_copied(len, |copied| copied.extend_from_slice(frame))
            };
            if put {
                expected.extend_from_slice(frame);
            }
            put
        })
        .count()
}

#[test]
fn what_waits_is_bounded_by_count_and_by_bytes() {
    for (len, shared, most) in [
        (1 << 10, false, 16),
        (2 << 10, true, 8 + 64),
        ((2 << 10) + 1, true, 64),
        (64 << 10, true, 4),
        ((64 << 10) + 10, true, 3),
    ] {
        let (mut frames, output, stalled) = frames(&[]);
        stalled.store(true, Ordering::Relaxed);
        let mut expected = Vec::new();
        assert_eq!(put(&mut frames, &mut expected, len, shared), most, "of {len} bytes");
        assert!(flush(&mut frames).is_pending());
        assert_eq!(put(&mut frames, &mut expected, len, shared), 0, "of {len} bytes");
        stalled.store(false, Ordering::Relaxed);
        assert!(matches!(flush(&mut frames), Poll::Ready(Ok(()))));
        // The thread's next one begins with all the room.
        assert_eq!(put(&mut frames, &mut expected, len, shared), most, "of {len} bytes");
        assert!(matches!(flush(&mut frames), Poll::Ready(Ok(()))));
        assert!(*output.lock().unwrap() == expected);
        assert_eq!(frames.written, expected.len() as u64);
    }
}

#[test]
fn what_was_written_makes_room_for_more() {
    let (mut frames, output, _) = frames(&[100_000, 0]);
    let mut expected = Vec::new();
    assert_eq!(put(&mut frames, &mut expected, 50_000, true), 5);
    assert!(flush(&mut frames).is_pending());
    assert_eq!(put(&mut frames, &mut expected, 50_000, true), 2);
    while flush(&mut frames).is_pending() {}
    assert!(*output.lock().unwrap() == expected);
}

#[test]
fn nothing_is_copied_in_front_of_what_waits() {
    let (mut frames, output, stalled) = frames(&[]);
    stalled.store(true, Ordering::Relaxed);
    assert!(frames.put_copied(1, |copied| copied.push(1)));
    assert!(frames.put_shared(vec![2; 4_000].into()));
    assert!(!frames.put_copied(1, |_| panic!("it would go out too early")));
    assert!(frames.put_shared(vec![3].into()));
    stalled.store(false, Ordering::Relaxed);
    assert!(flush(&mut frames).is_ready());
    assert!(*output.lock().unwrap() == [&[1][..], &[2; 4_000], &[3]].concat());
}

#[test]
fn a_client_that_takes_something_is_not_stalled() {
    let (mut frames, _, _) = frames(&[10, 0]);
    assert!(frames.put_shared(vec![1; 25].into()));
    assert!(flush(&mut frames).is_pending());
    let since = frames.stalled.expect("it took no more than 10 bytes");
    assert!(flush(&mut frames).is_pending());
    assert!(frames.stalled.expect("nor more than 20") > since, "since it last took something");
    assert!(flush(&mut frames).is_ready());
    assert_eq!((frames.stalled, frames.written), (None, 25));
}

#[test]
fn a_stream_that_takes_no_more_fails() {
    let (script, _) = Script::new(&[], &[]).taking(vec![5, usize::MAX]);
    let mut frames = Frames::new(Transport::Script(script.shut()), &[], Bounds::new(&limits()), None);
    assert!(frames.put_shared(vec![1; 25].into()));
    let Poll::Ready(Err(error)) = flush(&mut frames) else { panic!("it ended") };
    assert_eq!(error.kind(), io::ErrorKind::WriteZero);
}

/// Each thread keeps room for one connection at a time: others have their own, wherever they go.
#[test]
fn connections_that_wait_and_move_between_threads_keep_what_is_theirs() {
    let connections: Vec<_> = (1..=8)
        .map(|number| {
            let (mut frames, output, stalled) = frames(&[700]);
            stalled.store(true, Ordering::Relaxed);
            assert!(frames.put_copied(1_000, |copied| copied.extend([number; 1_000])));
            assert!(frames.put_shared(vec![number; 5_000].into()));
            assert!(flush(&mut frames).is_pending());
            (number, frames, output, stalled)
        })
        .collect();
    let threads = connections.into_iter().map(|(number, mut frames, output, stalled)| {
        thread::spawn(move || {
            stalled.store(false, Ordering::Relaxed);
            assert!(flush(&mut frames).is_ready());
            assert!(frames.put_shared(vec![number; 100].into()));
            assert!(flush(&mut frames).is_ready());
            assert!(*output.lock().unwrap() == [number; 6_100]);
        })
    });
    threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
}

/// All that comes of what is put on a connection.
fn sent(settled: Option<Settled>, put: impl FnOnce(&mut Messages) -> Result<(), Terminate>) -> Vec<u8> {
    let (script, output) = Script::new(&[], &[]).taking(vec![]);
    let mut messages = Messages::new(Transport::Script(script), &[], &limits(), settled);
    let mut task = Context::from_waker(Waker::noop());
    assert!(messages.poll_room(&mut task).is_ready());
    put(&mut messages).unwrap();
    assert!(messages.poll_flush(&mut task).is_ready());
    output.lock().unwrap().clone()
}

fn posted(post: &Post, settled: Option<Settled>) -> Vec<u8> {
    sent(settled, |messages| messages.put_post(post))
}

#[test]
fn c10_what_many_are_sent_goes_out_as_if_it_were_sent_to_one() {
    for (server_no_context_takeover, on) in [(true, true), (false, true), (true, false)] {
        let agreed = Agreed { server_no_context_takeover, ..AGREED };
        for settled in [None, Some(Settled { agreed, ours: Compression::new() })] {
            for len in [0, 1_023, 1_024, 5_000, 65_536, 100_000] {
                let message = Message::from("s".repeat(len));
                let alone = sent(settled, |messages| {
                    messages.set_compression(on);
                    messages.put(message.clone())
                });
                let shared = sent(settled, |messages| {
                    messages.set_compression(on);
                    messages.put_post(&Post::new(message.clone()))
                });
                assert!(alone == shared, "{len} bytes, {settled:?}, compressing: {on}");
                let compressed = settled.is_some() && on && len >= 1_024;
                assert_eq!(shared[0] & 0x40 != 0, compressed, "{len} bytes, {settled:?}, compressing: {on}");
            }
        }
    }
}

#[test]
fn control_frames_may_be_published_too() {
    let payload = ControlPayload::new(&b"all"[..]).unwrap();
    for settled in [None, Some(Settled { agreed: AGREED, ours: Compression::new().min(0) })] {
        assert_eq!(posted(&Post::new(Message::Ping(payload.clone())), settled), b"\x89\x03all");
        assert_eq!(posted(&Post::new(Message::Pong(payload.clone())), settled), b"\x8a\x03all");
    }
}

/// Whole as it is up to the size of a fragment, and in fragments from there on; what is compressed, by its own size.
#[test]
fn a_fragment_is_64_kib_of_what_goes_out() {
    let mut seed = 1_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // Of seven bits, so that an eighth of it is saved.
        seed.to_be_bytes()[0] & 0x7f
    };
    let noise: Vec<u8> = (0..100_000).map(|_| next()).collect();
    let settled = Some(Settled { agreed: AGREED, ours: Compression::new().level(6) });
    let sent = |len: usize, settled| {
        let sent = posted(&Post::new(noise[..len].to_vec().into()), settled);
        (sent[0], sent.len())
    };
    assert_eq!(sent(65_535, None), (0x82, 65_535 + 4));
    assert_eq!(sent(65_536, None), (0x82, 65_536 + 10));
    assert_eq!(sent(65_537, None), (0x02, 65_537 + 10 + 2));
    let (head, len) = sent(70_000, settled);
    assert!(head == 0xc2 && len < 65_536, "{len} bytes");
    let (head, len) = sent(100_000, settled);
    assert!(head == 0x42 && len > 65_536 + 10, "{len} bytes");
}

/// As the book's chapter on slow clients says.
#[test]
fn what_a_client_that_takes_nothing_costs_is_bounded() {
    let mut task = Context::from_waker(Waker::noop());
    for len in [0, 64, 1_024, 2_045, 4_096, 4_097, 16_384, 65_536] {
        for (shared, most) in [(false, 100 << 10), (true, (100 + 256) << 10)] {
            let (script, _) = Script::new(&[], &[]).taking(vec![]);
            script.stalled().store(true, Ordering::Relaxed);
            let mut messages = Messages::new(Transport::Script(script), &[], &limits(), None);
            let mut held = 0;
            while messages.poll_room(&mut task).is_ready() {
                let message = Message::from(vec![0; len]);
                if shared {
                    messages.put_post(&Post::new(message)).unwrap();
                } else {
                    messages.put(message).unwrap();
                }
                held += len + 2;
                assert!(held <= most, "of {len} bytes, shared: {shared}");
            }
        }
    }
}
