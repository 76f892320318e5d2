//! The buffer pools of a thread, which its connections share. A connection holds a buffer only while it uses it.

use std::cell::RefCell;
use std::thread::LocalKey;

use bytes::Bytes;

use super::write_queue::WriteQueue;

/// The smallest payload that is gathered in a pooled buffer, in bytes.
const LARGE: usize = 8 << 10;
/// The most payload buffers that a thread keeps.
const LARGE_BUFFERS: usize = 16;
/// The most bytes that these buffers have together.
const LARGE_BYTES: usize = 4 << 20;
/// The most write queues that a thread keeps.
const QUEUES: usize = 8;
/// The largest scratch buffer that a thread keeps, in bytes.
const SCRATCH: usize = 128 << 10;

thread_local! {
    static PAYLOADS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static SCRATCHES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    #[expect(clippy::vec_box, reason = "a connection keeps a queue in its box")]
    static WRITE_QUEUES: RefCell<Vec<Box<WriteQueue>>> = const { RefCell::new(Vec::new()) };
}

/// Runs `with` on a pool. Returns `None` while the thread exits, when its pools are gone.
fn pooled<T: 'static, R>(pool: &'static LocalKey<RefCell<T>>, with: impl FnOnce(&mut T) -> R) -> Option<R> {
    pool.try_with(|pool| with(&mut pool.borrow_mut())).ok()
}

/// Takes a used, empty buffer for a payload of `whole` bytes at most, `arrived` of which have arrived. Its capacity is
/// at least `whole` and at most twice that. Returns `None` if there is no such buffer, or if fewer than [`LARGE`] bytes
/// have arrived.
pub(super) fn take_payload(arrived: usize, whole: usize) -> Option<Vec<u8>> {
    if arrived < LARGE {
        return None;
    }
    let fits = |buffer: &Vec<u8>| (whole..=whole.saturating_mul(2)).contains(&buffer.capacity());
    pooled(&PAYLOADS, |pool| pool.iter().position(fits).map(|at| pool.swap_remove(at))).flatten()
}

/// Returns the buffer of a large payload to the pool after it was sent, unless the payload is still shared.
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

/// Takes an empty buffer for a step that compresses or inflates.
pub(super) fn take_scratch() -> Vec<u8> {
    pooled(&SCRATCHES, std::mem::take).unwrap_or_default()
}

/// Returns the buffer of such a step to the pool.
pub(super) fn give_scratch(mut buffer: Vec<u8>) {
    if buffer.capacity() <= SCRATCH {
        buffer.clear();
        pooled(&SCRATCHES, |kept| *kept = buffer);
    }
}

/// Takes an empty write queue.
#[expect(clippy::unnecessary_box_returns, reason = "a connection keeps a queue in its box")]
#[inline]
pub(super) fn take_queue() -> Box<WriteQueue> {
    pooled(&WRITE_QUEUES, Vec::pop).flatten().unwrap_or_default()
}

/// Returns an empty write queue to the pool.
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
    fn a_buffer_is_reused_only_for_a_message_that_fits() {
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
