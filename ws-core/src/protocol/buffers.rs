//! Buffers that the connections of a thread share: a connection has them only while it uses them.

use std::cell::RefCell;
use std::thread::LocalKey;

use bytes::Bytes;

use super::write_queue::WriteQueue;

/// A payload from this size on is gathered in a buffer of the pool.
const LARGE: usize = 16 << 10;
/// How many buffers for large payloads a thread keeps.
const LARGE_BUFFERS: usize = 16;
/// How many bytes these buffers have at most, all together.
const LARGE_BYTES: usize = 4 << 20;
/// How many write queues a thread keeps.
const QUEUES: usize = 8;
/// The room of a scratch buffer that a thread keeps, in bytes.
const SCRATCH: usize = 128 << 10;

thread_local! {
    static PAYLOADS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static SCRATCHES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    #[expect(clippy::vec_box, reason = "a connection keeps a queue in its box")]
    static WRITE_QUEUES: RefCell<Vec<Box<WriteQueue>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `with` on a pool. A thread that is ending has none.
fn pooled<T: 'static, R>(pool: &'static LocalKey<RefCell<T>>, with: impl FnOnce(&mut T) -> R) -> Option<R> {
    pool.try_with(|pool| with(&mut pool.borrow_mut())).ok()
}

/// An empty buffer for a payload of which `arrived` bytes are there and that may become as large as `whole`: one that was used
/// before, if that has room for all of it and not for twice as much. Little that has arrived is worth none.
pub(super) fn take_payload(arrived: usize, whole: usize) -> Option<Vec<u8>> {
    if arrived < LARGE {
        return None;
    }
    let fits = |buffer: &Vec<u8>| (whole..=whole.saturating_mul(2)).contains(&buffer.capacity());
    pooled(&PAYLOADS, |pool| pool.iter().position(fits).map(|at| pool.swap_remove(at))).flatten()
}

/// Returns the buffer of a large payload that was sent, unless somebody still holds it.
pub(super) fn give_payload(payload: Bytes) {
    if payload.len() >= LARGE && payload.is_unique() {
        let mut buffer = Vec::from(payload);
        buffer.clear();
        pooled(&PAYLOADS, |pool| {
            let bytes: usize = pool.iter().map(Vec::capacity).sum();
            if pool.len() < LARGE_BUFFERS && bytes + buffer.capacity() <= LARGE_BYTES {
                pool.push(buffer);
            }
        });
    }
}

/// An empty buffer, for a step that compresses or inflates.
pub(super) fn take_scratch() -> Vec<u8> {
    pooled(&SCRATCHES, std::mem::take).unwrap_or_default()
}

/// Returns the buffer of such a step.
pub(super) fn give_scratch(mut buffer: Vec<u8>) {
    if buffer.capacity() <= SCRATCH {
        buffer.clear();
        pooled(&SCRATCHES, |kept| *kept = buffer);
    }
}

/// An empty write queue.
#[expect(clippy::unnecessary_box_returns, reason = "a connection keeps a queue in its box")]
#[inline]
pub(super) fn take_queue() -> Box<WriteQueue> {
    pooled(&WRITE_QUEUES, Vec::pop).flatten().unwrap_or_default()
}

/// Returns a write queue, which is empty.
#[inline]
pub(super) fn give_queue(queue: Box<WriteQueue>) {
    if queue.is_worth_keeping() {
        pooled(&WRITE_QUEUES, |pool| {
            if pool.len() < QUEUES {
                pool.push(queue);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_that_somebody_holds_is_not_used_again() {
        let payload = Bytes::from(vec![7; LARGE]);
        let held = payload.clone();
        give_payload(payload);
        assert!(take_payload(LARGE, LARGE).is_none());
        give_payload(held);
        let buffer = take_payload(LARGE, LARGE).expect("the buffer that was returned");
        assert!(buffer.is_empty() && buffer.capacity() >= LARGE);
    }

    #[test]
    fn a_buffer_fits_what_it_is_for() {
        give_payload(Bytes::from(vec![0; 1 << 20]));
        for (arrived, whole, fits) in [
            (LARGE - 1, 1 << 20, false),
            (LARGE, (1 << 20) + 1, false),
            (LARGE, (1 << 19) - 1, false),
            (LARGE, 1 << 19, true),
        ] {
            assert_eq!(take_payload(arrived, whole).is_some(), fits, "{arrived} of {whole}");
        }
    }

    #[test]
    fn a_thread_keeps_a_bounded_number_of_bytes() {
        for _ in 0..100 {
            give_payload(Bytes::from(vec![0; 1 << 20]));
        }
        let kept: usize =
            std::iter::from_fn(|| take_payload(LARGE, 1 << 20)).map(|buffer| buffer.capacity()).sum();
        assert!(kept > 0 && kept <= LARGE_BYTES, "{kept}");
    }
}
