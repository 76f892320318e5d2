//! Entries that leave a mailbox, or never get into it, without being delivered.

use crate::shared::panics::drop_each;
use crate::shared::stats::Counters;

/// Entries that are lost while a lock is held. Dropping one may run user code, which may use the very mailbox or topic
/// that is locked, so the holder of the lock collects them and calls [`settle`](Self::settle) without it.
#[derive(Debug)]
pub(crate) struct Lost<T> {
    entries: Vec<T>,
    /// How many of them did not fit.
    dropped: u64,
}

impl<T> Default for Lost<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), dropped: 0 }
    }
}

impl<T> Lost<T> {
    /// Calls `add` with the list of entries. Those that it adds did not fit, and count as dropped.
    pub(super) fn did_not_fit<R>(&mut self, add: impl FnOnce(&mut Vec<T>) -> R) -> R {
        let before = self.entries.len();
        let result = add(&mut self.entries);
        self.dropped += (self.entries.len() - before) as u64;
        result
    }

    /// Adds entries that do not count as dropped: a newer one is in its place, or the connection closes.
    pub(super) fn unneeded(&mut self, entries: impl IntoIterator<Item = T>) {
        self.entries.extend(entries);
    }

    /// Counts and drops the entries.
    #[inline]
    pub(crate) fn settle(self, stats: &Counters) {
        if self.dropped > 0 {
            stats.dropped(self.dropped);
        }
        if !self.entries.is_empty() {
            drop_each(self.entries);
        }
    }
}
