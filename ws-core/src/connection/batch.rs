//! Entries that the connection's task takes from its mailbox together.

use crate::shared::panics::drop_each;

/// The most entries in a batch.
pub(super) const BATCH: usize = 8;

/// Entries that were taken under one lock, in their order.
pub(super) struct Batch<T> {
    entries: [Option<T>; BATCH],
    next: usize,
    end: usize,
}

impl<T> Batch<T> {
    pub(super) const fn new() -> Self {
        Self { entries: [const { None }; BATCH], next: 0, end: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.end - self.next
    }

    /// Adds an entry behind the others. There must be room for it.
    #[inline]
    pub(super) fn push(&mut self, entry: T) {
        self.entries[self.end] = Some(entry);
        self.end += 1;
    }
}

impl<T> Iterator for Batch<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let entry = self.entries[..self.end].get_mut(self.next)?.take();
        self.next += 1;
        entry
    }
}

impl<T> Drop for Batch<T> {
    /// An entry may be of a user's type. If dropping one panics, the rest ends like entries that wait.
    #[inline]
    fn drop(&mut self) {
        if self.next < self.end {
            drop_each(self);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// An entry that panics when it is dropped.
    struct Panics<'a>(&'a AtomicU32);

    impl Drop for Panics<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("dropped");
        }
    }

    /// A second panic that unwinds would end the process.
    #[test]
    fn each_entry_is_dropped_although_all_panic() {
        let dropped = AtomicU32::new(0);
        let sent = catch_unwind(AssertUnwindSafe(|| {
            let mut batch = Batch::new();
            (0..4).for_each(|_| batch.push(Panics(&dropped)));
            batch.by_ref().for_each(drop);
        }));
        assert!(sent.is_err());
        assert_eq!(dropped.into_inner(), 4);
    }
}
