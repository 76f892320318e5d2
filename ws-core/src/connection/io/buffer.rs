//! The read buffer that a thread's connections share: only one of them reads at a time.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The size of a thread's read buffer, in bytes.
const SIZE: usize = 64 << 10;
/// The number of spare buffers that a thread keeps, besides the one in regular use.
const SPARE: usize = 3;
/// The number of buffers that pending callbacks may hold at a time, on all threads together. Beyond this, payloads are
/// copied.
const LENT: usize = 64;

/// The number of buffers that pending callbacks hold now.
static LENT_NOW: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: Buffers = const { Buffers::new() };
}

/// The buffers of a thread.
struct Buffers {
    /// The buffer in regular use.
    spare: Cell<Option<Box<[u8]>>>,
    /// Further buffers, which were needed at the same time.
    more: RefCell<Vec<Box<[u8]>>>,
    /// The number of buffers in use.
    #[cfg(test)]
    out: Cell<usize>,
}

impl Buffers {
    const fn new() -> Self {
        Self {
            spare: Cell::new(None),
            more: RefCell::new(Vec::new()),
            #[cfg(test)]
            out: Cell::new(0),
        }
    }

    #[inline]
    fn take(&self) -> Option<Box<[u8]>> {
        #[cfg(test)]
        self.out.set(self.out.get() + 1);
        self.spare.take().or_else(|| self.more.borrow_mut().pop())
    }

    #[inline]
    fn give(&self, buffer: Box<[u8]>) {
        #[cfg(test)]
        self.out.set(self.out.get() - 1);
        if let Some(other) = self.spare.replace(Some(buffer)) {
            let mut more = self.more.borrow_mut();
            if more.len() < SPARE {
                more.push(other);
            }
        }
    }
}

/// Bytes that were read, either in the thread's buffer or, if there are few, in a buffer of their own. The thread's
/// buffer is returned on drop.
#[derive(Debug, Default)]
pub(crate) struct ReadBuffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl ReadBuffer {
    /// Takes the thread's buffer and copies `front` into it.
    #[inline]
    pub(crate) fn take(front: &[u8]) -> Self {
        // A thread that is shutting down has none.
        let spare = THREAD.try_with(Buffers::take).ok().flatten();
        let mut bytes = spare.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice());
        if !front.is_empty() {
            bytes[..front.len()].copy_from_slice(front);
        }
        Self { bytes, start: 0, end: front.len() }
    }

    /// Creates a buffer of exactly these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.into(), start: 0, end: bytes.len() }
    }

    /// The number of this thread's buffers in use.
    #[cfg(test)]
    pub(crate) fn out() -> usize {
        THREAD.with(|thread| thread.out.get())
    }

    #[inline]
    const fn is_the_threads(&self) -> bool {
        self.bytes.len() == SIZE
    }

    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// The bytes that are not decoded yet.
    #[inline]
    pub(crate) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// The size of the allocation, in bytes.
    #[cfg(test)]
    pub(crate) const fn capacity(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(crate) fn unread_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..self.end]
    }

    /// Keeps the last `left` bytes. Those before them are decoded.
    #[inline]
    pub(crate) const fn keep_last(&mut self, left: usize) {
        self.start = self.end - left;
    }

    /// Makes room behind the unread bytes, by moving them to the thread's buffer or to its front.
    #[inline]
    pub(crate) fn make_room(&mut self) {
        if !self.is_the_threads() {
            *self = Self::take(self.unread());
        } else if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
    }

    /// The room for the next read: at most `at_most` bytes behind the unread ones.
    #[inline]
    pub(super) fn free(&mut self, at_most: usize) -> &mut [u8] {
        let end = self.bytes.len().min(self.end.saturating_add(at_most));
        &mut self.bytes[self.end..end]
    }

    /// Adds `count` bytes that were read into [`free`](Self::free).
    #[inline]
    pub(super) const fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// Whether a separate buffer for the unread bytes would be much smaller.
    pub(crate) const fn is_mostly_empty(&self) -> bool {
        self.end - self.start < SIZE / 4
    }

    /// Moves the unread bytes into a buffer of their own, and returns the thread's buffer.
    pub(crate) fn release(&mut self) {
        if self.is_the_threads() && self.end - self.start < SIZE {
            *self = if self.is_empty() { Self::default() } else { Self::of(self.unread()) };
        }
    }
}

/// Counts a pending callback that borrows from a buffer.
#[derive(Debug)]
pub(crate) struct Lent(());

impl Lent {
    pub(crate) fn new() -> Self {
        LENT_NOW.fetch_add(1, Ordering::Relaxed);
        Self(())
    }

    /// Whether another callback may hold a buffer.
    #[inline]
    pub(crate) fn has_room() -> bool {
        LENT_NOW.load(Ordering::Relaxed) < LENT
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        LENT_NOW.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for ReadBuffer {
    #[inline]
    fn drop(&mut self) {
        if self.is_the_threads() {
            let bytes = std::mem::take(&mut self.bytes);
            let _ = THREAD.try_with(|thread| thread.give(bytes));
        }
    }
}
