//! The messages that wait for a page: until it is attached, or until its client acknowledges them.

use std::collections::VecDeque;

use crate::message::Text;

/// The size that an entry counts with, besides its text, in bytes.
const ENTRY: usize = 48;

/// The bounds of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueLimits {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

impl QueueLimits {
    pub(super) const fn doubled(self) -> Self {
        Self { messages: self.messages.saturating_mul(2), bytes: self.bytes.saturating_mul(2) }
    }
}

/// A message that waits.
pub(super) struct Entry {
    /// Its number, or 0 for a message that is sent at most once.
    pub(super) seq: u64,
    pub(super) text: Text,
}

impl Entry {
    fn size(&self) -> usize {
        self.text.len() + ENTRY
    }
}

/// The messages that wait for a page, the oldest first.
#[derive(Default)]
pub(super) struct Queue {
    entries: VecDeque<Entry>,
    /// The total size of the entries.
    bytes: usize,
}

impl Queue {
    /// Adds a message. If the queue is full, the oldest messages that are sent at most once give way. Returns how many did,
    /// or `None` if the message does not fit all the same.
    pub(super) fn push(&mut self, entry: Entry, limits: QueueLimits) -> Option<u64> {
        let numbered = self.entries.iter().filter(|entry| entry.seq > 0);
        let (count, bytes) = numbered.fold((0, 0), |(count, bytes), entry| (count + 1, bytes + entry.size()));
        if count >= limits.messages || bytes + entry.size() > limits.bytes {
            return None;
        }
        let mut gone = 0;
        while self.entries.len() >= limits.messages || self.bytes + entry.size() > limits.bytes {
            let oldest = self.entries.iter().position(|entry| entry.seq == 0)?;
            let removed = self.entries.remove(oldest)?;
            self.bytes -= removed.size();
            gone += 1;
        }
        self.bytes += entry.size();
        self.entries.push_back(entry);
        Some(gone)
    }

    /// Removes the messages that the client has: those with a number up to `seq`.
    pub(super) fn acknowledge(&mut self, seq: u64) {
        self.retain(|entry| entry.seq == 0 || entry.seq > seq);
    }

    /// Removes the messages for which `keep` returns `false`.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Entry) -> bool) {
        self.entries.retain(keep);
        self.bytes = self.entries.iter().map(Entry::size).sum();
        if self.entries.is_empty() {
            // An idle page keeps no memory for messages.
            self.entries = VecDeque::new();
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Returns the number of the first message that the client has to acknowledge.
    pub(super) fn first_numbered(&self) -> Option<u64> {
        self.iter().map(|entry| entry.seq).find(|seq| *seq > 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(seqs: &[u64], limits: QueueLimits) -> Queue {
        let mut queue = Queue::default();
        for seq in seqs {
            queue.push(Entry { seq: *seq, text: "x".into() }, limits).unwrap();
        }
        queue
    }

    fn seqs(queue: &Queue) -> Vec<u64> {
        queue.iter().map(|entry| entry.seq).collect()
    }

    const THREE: QueueLimits = QueueLimits { messages: 3, bytes: 1000 };

    #[test]
    fn the_oldest_that_is_sent_at_most_once_gives_way() {
        let mut full = queue(&[1, 0, 2], THREE);
        assert_eq!(full.push(Entry { seq: 3, text: "y".into() }, THREE), Some(1));
        assert_eq!(seqs(&full), [1, 2, 3]);
        assert_eq!(full.push(Entry { seq: 0, text: "y".into() }, THREE), None);
        assert_eq!(full.push(Entry { seq: 4, text: "y".into() }, THREE), None);
        assert_eq!(seqs(&full), [1, 2, 3]);
        full.acknowledge(2);
        assert_eq!((seqs(&full), full.bytes), (vec![3], 1 + ENTRY));
    }

    #[test]
    fn a_message_that_never_fits_removes_nothing() {
        let mut full = queue(&[0, 0], THREE);
        assert_eq!(full.push(Entry { seq: 0, text: "y".repeat(1000).into() }, THREE), None);
        assert_eq!(full.push(Entry { seq: 5, text: "y".repeat(900).into() }, THREE), Some(1));
        assert_eq!(seqs(&full), [0, 5]);
        full.retain(|entry| entry.seq > 0);
        assert_eq!(seqs(&full), [5]);
    }
}
