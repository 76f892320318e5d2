//! The order of queued frames, and the payloads that are not copied.

use std::io::IoSlice;

use bytes::Bytes;

use crate::protocol::header;
use crate::protocol::write_queue::{COPIED, SLICES, WriteQueue};

/// Writes the whole queue in steps of these sizes, as one slice or several.
fn written(queue: &mut WriteQueue, steps: &[usize]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut steps = steps.iter().cycle();
    while !queue.is_empty() {
        let mut step = *steps.next().unwrap();
        let before = queue.len();
        let mut slices = [IoSlice::new(&[]); SLICES];
        let count = queue.slices(&mut slices);
        assert!(count > 0 && slices[..count].iter().all(|slice| !slice.is_empty()));
        if let Some(slice) = queue.one_slice() {
            assert_eq!((count, slice.len()), (1, before));
        }
        let start = out.len();
        for slice in &slices[..count] {
            let part = step.min(slice.len());
            out.extend_from_slice(&slice[..part]);
            step -= part;
        }
        let count = out.len() - start;
        queue.advance(count);
        assert_eq!(queue.len(), before - count);
    }
    out
}

/// Queues small and large payloads in many orders, and writes them in steps that end in headers and payloads alike.
#[test]
fn queued_frames_go_out_in_order_however_they_are_written() {
    let sizes = [0, 1, 125, 126, COPIED, COPIED + 1, 5_000, 70_000];
    for seed in 0..200_usize {
        let mut queue = WriteQueue::default();
        let mut expected = Vec::new();
        let mut other = WriteQueue::default();
        for at in 0..=(seed % 40) {
            let payload = vec![at.to_le_bytes()[0]; sizes[(seed + at * at) % sizes.len()]];
            header::append(&mut expected, 0x82, payload.len());
            expected.extend_from_slice(&payload);
            other.push_bytes(0x82, payload.into());
            if at % 3 == 0 {
                queue.append(&mut other);
            }
        }
        queue.append(&mut other);
        assert_eq!((other.is_empty(), other.len()), (true, 0));
        let steps = [1 + seed % 7, 1_000, usize::MAX, 3, 2_049];
        assert_eq!(written(&mut queue, &steps[seed % 3..]), expected, "{seed}");
        assert_eq!((queue.is_empty(), queue.len()), (true, 0));
    }
}

#[test]
fn a_large_payload_is_not_copied_and_a_queue_that_grew_is_not_kept() {
    let mut queue = WriteQueue::default();
    let payload = Bytes::from(vec![1; 1 << 20]);
    queue.push_bytes(0x82, payload.clone());
    let mut slices = [IoSlice::new(&[]); SLICES];
    assert_eq!(queue.slices(&mut slices), 2);
    assert_eq!(slices[1].as_ptr(), payload.as_ptr());
    assert!(queue.is_worth_keeping());
    (0..100).for_each(|_| queue.push(0x82, &payload[..2_000]));
    assert!(!queue.is_worth_keeping());
}

/// The client reads all the time, but never catches up.
#[test]
fn a_queue_that_is_never_empty_does_not_grow() {
    let mut queue = WriteQueue::default();
    (0..10).for_each(|_| queue.push(0x82, &[7; 1_000]));
    let large = Bytes::from(vec![1; COPIED + 1]);
    for round in 0..100_000 {
        if round % 10 == 0 {
            queue.push_bytes(0x82, large.clone());
            queue.advance(large.len() + 4);
        }
        queue.push(0x82, &[7; 1_000]);
        queue.advance(1_004);
    }
    assert_eq!(queue.len(), 10 * 1_004);
    queue.truncate(5 * 1_004);
    assert_eq!(queue.len(), 5 * 1_004);
    assert!(queue.room() < 128 << 10, "{} bytes of room", queue.room());
}

/// The remaining bytes are exact: the frame that is being written, then whole frames within the limit.
#[test]
fn a_queue_is_cut_between_frames_wherever_it_is_written_to() {
    let sizes = [0, 1, 126, COPIED, COPIED + 1, 70_000, 3, 5_000, 0];
    for first in 0..sizes.len() {
        for (skipped, limit) in [0, 1, 2, 3, 5, 130, 2_060, 4_000, 71_000, 75_000, 79_000]
            .into_iter()
            .flat_map(|skipped| [0, 1, 4, 140, 5_100, 80_000, 1 << 20].map(|limit| (skipped, limit)))
        {
            let mut queue = WriteQueue::default();
            let (mut expected, mut all) = (Vec::new(), Vec::new());
            for at in 0..sizes.len() {
                let payload = vec![0x7e + at.to_le_bytes()[0]; sizes[(first + at) % sizes.len()]];
                let start = all.len();
                header::append(&mut all, 0x82, payload.len());
                all.extend_from_slice(&payload);
                if start < skipped || all.len() - skipped <= limit {
                    expected.clone_from(&all);
                }
                queue.push_bytes(0x82, payload.into());
            }
            // Several writes, so that frames are also written one by one.
            (0..skipped).step_by(1_500).for_each(|at| queue.advance(1_500.min(skipped - at)));
            queue.truncate(limit);
            assert_eq!(queue.len(), expected.len() - skipped, "{first} {skipped} {limit}");
            queue.push(0x88, b"end");
            expected.extend_from_slice(b"\x88\x03end");
            assert_eq!(written(&mut queue, &[1_000]), expected[skipped..], "{first} {skipped} {limit}");
        }
    }
}
