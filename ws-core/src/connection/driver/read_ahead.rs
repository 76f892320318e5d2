//! The messages that were read ahead of their callbacks: control frames, and at most one data message, which is the
//! last.

use std::collections::VecDeque;

use crate::message::Incoming;

/// The number of pings and pongs that are read ahead of a pending callback, besides one data message, before TCP pushes
/// back.
const AHEAD: usize = 16;

#[derive(Default)]
pub(super) struct ReadAhead(VecDeque<Incoming<'static>>);

impl ReadAhead {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether another message may be read ahead.
    pub(super) fn has_room(&self) -> bool {
        self.0.len() < AHEAD && self.0.back().is_none_or(Incoming::is_control)
    }

    pub(super) fn push(&mut self, message: Incoming<'static>) {
        self.0.push_back(message);
    }

    pub(super) fn pop(&mut self) -> Option<Incoming<'static>> {
        self.0.pop_front()
    }

    /// Drops the control frames. Returns whether they were as many as are read ahead.
    pub(super) fn drop_control(&mut self) -> bool {
        let read = self.0.len();
        self.0.retain(|message| !message.is_control());
        read == AHEAD
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
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
