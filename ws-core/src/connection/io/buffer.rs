//! The read buffer that the connections of a thread share: only one of them reads at a time.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The size of a thread's read buffer, in bytes.
const SIZE: usize = 64 << 10;
/// How many spare buffers a thread keeps, beside the one that is used all the time.
const SPARE: usize = 3;
/// How many buffers callbacks that are pending may keep at a time, on all threads together. Beyond this, payloads are copied.
const LENT: usize = 64;

/// How many buffers callbacks that are pending keep.
static LENT_NOW: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: Buffers = const { Buffers::new() };
}

/// The buffers of a thread.
struct Buffers {
    /// The one that is used all the time.
    spare: Cell<Option<Box<[u8]>>>,
    /// More that were needed at a time.
    more: RefCell<Vec<Box<[u8]>>>,
    /// How many are in use.
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
        // A thread that is ending has none.
        let spare = THREAD.try_with(Buffers::take).ok().flatten();
        let mut bytes = spare.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice());
        if !front.is_empty() {
            bytes[..front.len()].copy_from_slice(front);
        }
        Self { bytes, start: 0, end: front.len() }
    }

    /// A buffer of exactly these bytes.
    pub(in crate::connection) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.into(), start: 0, end: bytes.len() }
    }

    /// How many of the thread's buffers are in use.
    #[cfg(test)]
    pub(in crate::connection) fn out() -> usize {
        THREAD.with(|thread| thread.out.get())
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

    /// Makes room behind the unread bytes, by moving them to the thread's buffer.
    #[inline]
    pub(in crate::connection) fn make_room(&mut self) {
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

    /// `count` bytes were read there.
    #[inline]
    pub(super) const fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// Whether a buffer of its own for the unread bytes would be much smaller.
    pub(in crate::connection) const fn is_mostly_empty(&self) -> bool {
        self.end - self.start < SIZE / 4
    }

    /// Moves the unread bytes into a buffer of their own, so that the thread has its buffer back.
    pub(in crate::connection) fn release(&mut self) {
        if self.is_the_threads() && self.end - self.start < SIZE {
            *self = if self.is_empty() { Self::default() } else { Self::of(self.unread()) };
        }
    }
}

/// Held by a callback that is pending, while it borrows from a buffer.
#[derive(Debug)]
pub(in crate::connection) struct Lent(());

impl Lent {
    pub(in crate::connection) fn new() -> Self {
        LENT_NOW.fetch_add(1, Ordering::Relaxed);
        Self(())
    }

    /// Whether one more callback may keep a buffer.
    #[inline]
    pub(in crate::connection) fn has_room() -> bool {
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
