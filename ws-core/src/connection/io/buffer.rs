//! The read buffer that the connections of a thread share: only one of them reads at a time.

use std::cell::{Cell, RefCell};

/// The size of a thread's read buffer, in bytes.
const SIZE: usize = 64 << 10;
/// How many spare buffers a thread keeps.
const SPARE: usize = 4;
/// How many buffers of a thread may be out at a time. Callbacks that are pending keep theirs; beyond this, payloads are
/// copied.
const LENT: usize = 16;

thread_local! {
    static BUFFERS: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
    static OUT: Cell<usize> = const { Cell::new(0) };
}

/// Bytes that were read: in the thread's buffer, or a few of them in one of their own. Dropped, the thread's buffer goes
/// back.
#[derive(Debug, Default)]
pub(crate) struct ReadBuffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl ReadBuffer {
    /// The thread's buffer, with these bytes in it.
    #[inline]
    pub(in crate::connection) fn take(front: &[u8]) -> Self {
        let spare = BUFFERS.try_with(|buffers| buffers.borrow_mut().pop()).ok().flatten();
        let mut bytes = spare.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice());
        let _ = OUT.try_with(|out| out.set(out.get() + 1));
        bytes[..front.len()].copy_from_slice(front);
        Self { bytes, start: 0, end: front.len() }
    }

    /// A buffer of exactly these bytes.
    pub(in crate::connection) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.into(), start: 0, end: bytes.len() }
    }

    /// Whether a pending callback may keep the thread's buffer.
    #[inline]
    pub(in crate::connection) fn may_be_lent() -> bool {
        OUT.try_with(Cell::get).is_ok_and(|out| out < LENT)
    }

    #[inline]
    const fn is_the_threads(&self) -> bool {
        self.bytes.len() == SIZE
    }

    #[inline]
    pub(in crate::connection) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The bytes that are not decoded.
    #[inline]
    pub(in crate::connection) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The size of the memory that this has, in bytes.
    #[cfg(test)]
    pub(in crate::connection) const fn capacity(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(in crate::connection) fn unread_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    /// Keeps the last `left` bytes: those before are decoded.
    #[inline]
    pub(in crate::connection) const fn keep_last(&mut self, left: usize) {
        self.start = self.end - left;
    }

    /// Where the next read goes: `at_most` bytes behind what is there.
    #[inline]
    pub(super) fn free(&mut self, at_most: usize) -> &mut [u8] {
        let end = self.bytes.len().min(self.end.saturating_add(at_most));
        &mut self.bytes[self.end..end]
    }

    /// `count` bytes were read there.
    #[inline]
    pub(super) const fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// Moves what is left into a buffer of its own, so that the thread has its buffer back.
    pub(in crate::connection) fn release(&mut self) {
        if self.is_the_threads() {
            *self = if self.is_empty() { Self::default() } else { Self::of(self.unread()) };
        }
    }
}

impl Drop for ReadBuffer {
    #[inline]
    fn drop(&mut self) {
        if self.is_the_threads() {
            let bytes = std::mem::take(&mut self.bytes);
            // On a runtime that moves tasks between threads the counts may be off a little.
            let _ = OUT.try_with(|out| out.set(out.get().saturating_sub(1)));
            let _ = BUFFERS.try_with(|buffers| {
                let mut buffers = buffers.borrow_mut();
                if buffers.len() < SPARE {
                    buffers.push(bytes);
                }
            });
        }
    }
}
