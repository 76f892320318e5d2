//! The messages that were read ahead of their callbacks: control frames, and at most one data message, which is the
//! last.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::message::Incoming;

/// The number of pings and pongs that are read ahead of a pending callback, besides one data message, before TCP pushes
/// back.
const AHEAD: usize = 16;
/// The number of bytes that all connections of the process may have read ahead. Beyond it, nothing more is read ahead,
/// and TCP pushes back at once.
const TOTAL: usize = 64 << 20;

static READ_AHEAD: AtomicUsize = AtomicUsize::new(0);

#[derive(Default)]
pub(super) struct ReadAhead(VecDeque<Incoming<'static>>);

impl ReadAhead {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether another message may be read ahead.
    pub(super) fn has_room(&self) -> bool {
        self.0.len() < AHEAD
            && self.0.back().is_none_or(Incoming::is_control)
            && READ_AHEAD.load(Ordering::Relaxed) < TOTAL
    }

    pub(super) fn push(&mut self, message: Incoming<'static>) {
        READ_AHEAD.fetch_add(message.len(), Ordering::Relaxed);
        self.0.push_back(message);
    }

    pub(super) fn pop(&mut self) -> Option<Incoming<'static>> {
        self.0.pop_front().inspect(forget)
    }

    /// Drops the control frames. Returns whether they were as many as are read ahead.
    pub(super) fn drop_control(&mut self) -> bool {
        let read = self.0.len();
        self.0.retain(|message| {
            let drops = message.is_control();
            if drops {
                forget(message);
            }
            !drops
        });
        read == AHEAD
    }

    pub(super) fn clear(&mut self) {
        self.0.drain(..).for_each(|message| forget(&message));
    }

    /// Frees the capacity that is not needed now.
    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Counts a message that is no longer kept.
fn forget(message: &Incoming<'static>) {
    READ_AHEAD.fetch_sub(message.len(), Ordering::Relaxed);
}
