//! The order of what is queued, and what of it is copied.

use std::io::IoSlice;

use bytes::Bytes;

use crate::protocol::header;
use crate::protocol::write_queue::{COPIED, SLICES, WriteQueue};

/// All that waits, written in steps of these sizes, as one slice or several.
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

/// Small and large payloads in every order, written in steps that end in headers and payloads alike.
#[test]
fn what_is_queued_goes_out_in_order_however_it_is_written() {
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

/// The client takes all the time, and is never quite up to date.
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
    assert!(queue.room() < 128 << 10, "{} bytes of room", queue.room());
}
