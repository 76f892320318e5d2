//! The entries of a mailbox, in the order in which they were queued. Some are exempt from the limits of the mailbox: the
//! limits neither count nor drop them.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::batch::{BATCH, Batch};
use super::mailbox::Weigh;
use crate::shared::limits::{MailboxLimits, Overflow};

/// A queue with capacity for more entries than this is freed once it is empty.
const KEPT_ROOM: usize = 32;

pub(super) struct Entries<T> {
    limited: VecDeque<T>,
    /// The total weight of `limited`.
    bytes: usize,
    /// How many entries `limited` has ever received. The number of those that have left it tells which of the two
    /// queues is next.
    received: u64,
    /// Few mailboxes need one.
    rare: Option<Box<Rare<T>>>,
}

struct Rare<T> {
    /// Each with the value of `received` when it was queued: the entry comes after so many limited ones.
    exempt: VecDeque<(u64, T)>,
    /// Limited entries with a key, each with the value of `received` before it was queued. Created when it is needed.
    latest: HashMap<Arc<str>, u64>,
}

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self { exempt: VecDeque::new(), latest: HashMap::new() }
    }
}

impl<T: Weigh> Entries<T> {
    pub(super) const fn new() -> Self {
        Self { limited: VecDeque::new(), bytes: 0, received: 0, rare: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.limited.is_empty() && !self.has_exempt()
    }

    /// Adds `item` if it fits. With [`Overflow::DropOldest`], the oldest entries move to `dropped` until it does.
    ///
    /// An item with a [key](Weigh::key) takes the place of a waiting one with the same key, which is returned.
    pub(super) fn push(
        &mut self,
        item: T,
        limits: &MailboxLimits,
        dropped: &mut Vec<T>,
    ) -> Result<Option<T>, T> {
        let size = item.weight();
        if let Some(old) = self.waiting(&item) {
            let before = self.limited[old].weight();
            let bytes = (self.bytes - before).saturating_add(size);
            if bytes <= limits.bytes || size <= before || self.limited.len() == 1 {
                self.bytes = bytes;
                return Ok(Some(std::mem::replace(&mut self.limited[old], item)));
            }
        }
        while !self.fits(size, limits) {
            if limits.overflow != Overflow::DropOldest {
                return Err(item);
            }
            dropped.extend(self.pop_limited());
        }
        if let Some(key) = item.key() {
            self.rare.get_or_insert_default().latest.insert(key.clone(), self.received);
        }
        self.add(item, size);
        Ok(None)
    }

    /// Adds `item`, which [`fits`](Self::fits). It has no key, or `latest` has it.
    #[inline]
    pub(super) fn add(&mut self, item: T, size: usize) {
        self.bytes += size;
        self.received += 1;
        self.limited.push_back(item);
    }

    /// Returns the position in `limited` of the entry that has the key of `item`.
    fn waiting(&self, item: &T) -> Option<usize> {
        let at = *self.rare.as_ref()?.latest.get(item.key()?)?;
        let left = self.received - self.limited.len() as u64;
        usize::try_from(at.checked_sub(left)?).ok()
    }

    /// Returns whether an entry of this size fits. Without limited entries, one of any size does.
    #[inline]
    pub(super) fn fits(&self, size: usize, limits: &MailboxLimits) -> bool {
        self.limited.is_empty()
            || limits.messages.is_none_or(|messages| self.limited.len() < messages)
                && self.bytes.saturating_add(size) <= limits.bytes
    }

    /// Adds `item`, which is exempt from the limits.
    pub(super) fn push_exempt(&mut self, item: T) {
        self.rare.get_or_insert_default().exempt.push_back((self.received, item));
    }

    /// Exempts all entries from the limits.
    pub(super) fn exempt_all(&mut self) {
        if self.limited.is_empty() {
            return;
        }
        let waiting = self.limited.len() + self.rare.as_ref().map_or(0, |rare| rare.exempt.len());
        let mut exempt = VecDeque::with_capacity(waiting);
        while let Some(item) = self.pop_whole() {
            exempt.push_back((self.received, item));
        }
        self.rare.get_or_insert_default().exempt = exempt;
    }

    /// Whether the next entry is an exempt one.
    #[inline]
    fn is_exempt_next(&self) -> bool {
        let Some(rare) = &self.rare else { return false };
        let left = self.received - self.limited.len() as u64;
        rare.exempt.front().is_some_and(|(after, _)| *after <= left)
    }

    fn has_exempt(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| !rare.exempt.is_empty())
    }

    /// Returns the next entry.
    pub(super) fn front(&self) -> Option<&T> {
        if self.is_exempt_next() {
            self.rare.as_ref()?.exempt.front().map(|(_, item)| item)
        } else {
            self.limited.front()
        }
    }

    /// Takes the next entry, or its first part if it [is taken in parts](Weigh::is_parted).
    pub(super) fn pop(&mut self) -> Option<T> {
        if self.is_exempt_next() { self.pop_exempt() } else { self.pop_limited() }
    }

    /// Takes the next exempt entry, or its first part. The rest stays the next entry.
    fn pop_exempt(&mut self) -> Option<T> {
        let rare = self.rare.as_mut()?;
        let (after, item) = rare.exempt.pop_front()?;
        let (item, rest) = if item.is_parted() { item.split() } else { (item, None) };
        match rest {
            Some(rest) => rare.exempt.push_front((after, rest)),
            None => self.free_exempt(),
        }
        Some(item)
    }

    /// Takes the next entry as a whole.
    fn pop_whole(&mut self) -> Option<T> {
        if !self.is_exempt_next() {
            return self.pop_limited();
        }
        let (_, item) = self.rare.as_mut()?.exempt.pop_front()?;
        self.free_exempt();
        Some(item)
    }

    /// Frees the room of the exempt entries once there are none.
    fn free_exempt(&mut self) {
        if let Some(rare) = &mut self.rare {
            free_if_empty(&mut rare.exempt);
        }
        self.free_rare();
    }

    /// Returns the total weight of the entries that are taken in parts.
    pub(super) fn parted_bytes(&self) -> usize {
        let exempt = self.rare.iter().flat_map(|rare| &rare.exempt);
        exempt.filter(|(_, item)| item.is_parted()).map(|(_, item)| item.weight()).sum()
    }

    /// Moves the next entries to `batch`, as long as they are [shared](Weigh::Shared): at most `count`, and at most until
    /// their weights reach `room`. Exempt entries stay.
    #[inline]
    pub(super) fn pop_batch(&mut self, count: usize, mut room: usize, batch: &mut Batch<T::Shared>) {
        while batch.len() < count.min(BATCH)
            && room > 0
            && !self.is_exempt_next()
            && self.limited.front().is_some_and(|item| item.shared().is_some())
            && let Some(item) = self.limited.pop_front()
        {
            let weight = item.weight();
            self.bytes -= weight;
            room = room.saturating_sub(weight);
            if self.rare.is_some() {
                self.forget(&item);
            }
            if let Some(shared) = item.into_shared() {
                batch.push(shared);
            }
        }
        free_if_empty(&mut self.limited);
    }

    fn pop_limited(&mut self) -> Option<T> {
        let item = self.limited.pop_front()?;
        free_if_empty(&mut self.limited);
        self.bytes -= item.weight();
        self.forget(&item);
        Some(item)
    }

    /// Removes the key of `item`, which has just left `limited`.
    fn forget(&mut self, item: &T) {
        if let (Some(rare), Some(key)) = (&mut self.rare, item.key()) {
            let at = self.received - 1 - self.limited.len() as u64;
            // A newer entry of the same key, which did not fit in the place of this one, stays.
            if rare.latest.get(key) == Some(&at) {
                rare.latest.remove(key);
            }
            if rare.latest.is_empty() {
                rare.latest = HashMap::new();
            }
            self.free_rare();
        }
    }

    /// Frees the rare parts if nothing is in them, and no room is kept.
    fn free_rare(&mut self) {
        if self.rare.as_ref().is_some_and(|rare| rare.latest.is_empty() && rare.exempt.capacity() == 0) {
            self.rare = None;
        }
    }

    /// Frees the capacity that a past burst needed.
    pub(super) fn shrink(&mut self) {
        self.limited.shrink_to_fit();
        if let Some(rare) = &mut self.rare {
            rare.exempt.shrink_to_fit();
            self.free_rare();
        }
    }
}

/// Takes the first item, and frees the memory that a past burst needed.
#[inline]
fn free_if_empty<T>(queue: &mut VecDeque<T>) {
    if queue.is_empty() && queue.capacity() > KEPT_ROOM {
        *queue = VecDeque::new();
    }
}

impl<T: Weigh> Iterator for Entries<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weigh for u32 {
        type Shared = Self;

        fn shared(&self) -> Option<&Self> {
            Some(self)
        }

        fn into_shared(self) -> Option<Self> {
            Some(self)
        }

        fn weight(&self) -> usize {
            4
        }
    }

    const LIMITS: MailboxLimits =
        MailboxLimits { bytes: 1 << 20, messages: Some(2), overflow: Overflow::DropOldest };

    #[test]
    fn entries_keep_their_order_although_the_oldest_limited_ones_are_dropped() {
        let (mut entries, mut dropped) = (Entries::new(), Vec::new());
        entries.push_exempt(0);
        for n in [1, 2, 3] {
            assert_eq!(entries.push(n, &LIMITS, &mut dropped), Ok(None));
        }
        entries.push_exempt(4);
        assert_eq!(entries.front(), Some(&0));
        assert_eq!(entries.pop(), Some(0));
        assert_eq!(entries.push(5, &LIMITS, &mut dropped), Ok(None));
        entries.push_exempt(6);
        assert_eq!(dropped, [1, 2]);
        assert_eq!(entries.by_ref().collect::<Vec<_>>(), [3, 4, 5, 6]);
        assert!(entries.is_empty() && entries.bytes == 0);
    }

    #[test]
    fn a_burst_leaves_no_memory_behind() {
        let mut entries = Entries::new();
        let limits = MailboxLimits { messages: None, ..LIMITS };
        for n in 0..1_000 {
            assert_eq!(entries.push(n, &limits, &mut Vec::new()), Ok(None));
            entries.push_exempt(n);
        }
        let exempt = |entries: &Entries<_>| entries.rare.as_ref().map_or(0, |rare| rare.exempt.capacity());
        assert!(entries.limited.capacity() >= 1_000 && exempt(&entries) >= 1_000);
        assert_eq!(entries.by_ref().count(), 2_000);
        assert_eq!((entries.limited.capacity(), exempt(&entries)), (0, 0));
    }

    #[test]
    fn entries_that_become_exempt_take_no_room() {
        let (mut entries, mut dropped) = (Entries::new(), Vec::new());
        let limits = MailboxLimits { messages: None, ..LIMITS };
        for n in 0..5 {
            assert_eq!(entries.push(n, &limits, &mut dropped), Ok(None));
        }
        entries.push_exempt(5);
        entries.exempt_all();
        for n in 6..9 {
            assert_eq!(entries.push(n, &LIMITS, &mut dropped), Ok(None));
        }
        assert_eq!(dropped, [6]);
        assert_eq!(entries.collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 7, 8]);
    }

    fn batch(entries: &mut Entries<u32>, count: usize, room: usize) -> Vec<u32> {
        let mut batch = Batch::new();
        entries.pop_batch(count, room, &mut batch);
        batch.collect()
    }

    #[test]
    fn a_batch_ends_before_an_exempt_entry() {
        let (mut entries, mut lost) = (Entries::new(), Vec::new());
        let limits = MailboxLimits { messages: None, ..LIMITS };
        for n in 0..3 {
            assert_eq!(entries.push(n, &limits, &mut lost), Ok(None));
        }
        entries.push_exempt(3);
        for n in 4..20 {
            assert_eq!(entries.push(n, &limits, &mut lost), Ok(None));
        }
        assert_eq!(batch(&mut entries, 64, 1 << 20), [0, 1, 2]);
        assert_eq!(batch(&mut entries, 64, 1 << 20), [0; 0]);
        assert_eq!(entries.pop(), Some(3));
        assert_eq!(batch(&mut entries, 2, 1 << 20), [4, 5], "at most so many");
        assert_eq!(batch(&mut entries, 64, 9), [6, 7, 8], "until their weights reach the room");
        assert_eq!(batch(&mut entries, 64, 0), [0; 0]);
        assert_eq!(batch(&mut entries, 64, 1 << 20), (9..20).take(BATCH).collect::<Vec<_>>());
        assert_eq!(entries.bytes, 4 * entries.limited.len());
        assert_eq!(entries.collect::<Vec<_>>(), (9..20).skip(BATCH).collect::<Vec<_>>());
    }

    #[test]
    fn a_batch_leaves_no_memory_of_a_burst_behind() {
        let mut entries = Entries::new();
        let limits = MailboxLimits { messages: None, ..LIMITS };
        for n in 0..1_000 {
            assert_eq!(entries.push(n, &limits, &mut Vec::new()), Ok(None));
        }
        while !batch(&mut entries, 64, 1 << 20).is_empty() {}
        assert_eq!((entries.bytes, entries.limited.capacity()), (0, 0));
    }

    #[test]
    fn a_key_leaves_with_its_batch() {
        let mut entries = Entries::new();
        let limits = MailboxLimits { messages: None, bytes: 100, overflow: Overflow::Close };
        for item in [keyed("a", 10, 1), keyed("b", 10, 2)] {
            assert_eq!(entries.push(item, &limits, &mut Vec::new()), Ok(None));
        }
        let mut batch = Batch::new();
        entries.pop_batch(1, 100, &mut batch);
        assert_eq!(batch.next(), Some(keyed("a", 10, 1)));
        assert_eq!(entries.push(keyed("a", 10, 3), &limits, &mut Vec::new()), Ok(None));
        let replaced = entries.push(keyed("b", 10, 4), &limits, &mut Vec::new());
        assert_eq!(replaced, Ok(Some(keyed("b", 10, 2))));
        entries.pop_batch(8, 100, &mut batch);
        assert_eq!(batch.map(|entry| entry.2).collect::<Vec<_>>(), [4, 3]);
        assert!(entries.rare.is_none() && entries.bytes == 0);
    }

    /// An entry with a key, a size and a number.
    #[derive(Clone, Debug, PartialEq)]
    struct Keyed(Option<Arc<str>>, usize, u32);

    impl Weigh for Keyed {
        type Shared = Self;

        fn shared(&self) -> Option<&Self> {
            Some(self)
        }

        fn into_shared(self) -> Option<Self> {
            Some(self)
        }

        fn weight(&self) -> usize {
            self.1
        }

        fn key(&self) -> Option<&Arc<str>> {
            self.0.as_ref()
        }
    }

    fn keyed(key: &str, size: usize, number: u32) -> Keyed {
        Keyed(Some(key.into()), size, number)
    }

    #[test]
    fn the_latest_entry_of_a_key_is_in_the_place_of_the_first() {
        let (mut entries, mut dropped) = (Entries::new(), Vec::new());
        let limits = MailboxLimits { messages: None, bytes: 100, overflow: Overflow::Close };
        for (item, replaced) in [
            (keyed("a", 10, 1), None),
            (keyed("b", 10, 2), None),
            (Keyed(None, 10, 3), None),
            (keyed("a", 20, 4), Some(1)),
            (keyed("b", 10, 5), Some(2)),
            (keyed("a", 10, 6), Some(4)),
        ] {
            let old = entries.push(item, &limits, &mut dropped).expect("it fits");
            assert_eq!(old.map(|old| old.2), replaced);
        }
        assert_eq!(entries.bytes, 30);
        assert_eq!(entries.pop(), Some(keyed("a", 10, 6)));
        assert_eq!(entries.push(keyed("a", 10, 7), &limits, &mut dropped), Ok(None));
        assert_eq!(entries.by_ref().map(|entry| entry.2).collect::<Vec<_>>(), [5, 3, 7]);
        assert!(entries.rare.is_none() && entries.bytes == 0 && dropped.is_empty());
    }

    /// The only entry may have any size, and so may the one that replaces it.
    #[test]
    fn a_keyed_entry_larger_than_the_limit_is_replaced() {
        let (mut entries, mut dropped) = (Entries::new(), Vec::new());
        let limits = MailboxLimits { messages: None, bytes: 100, overflow: Overflow::Close };
        assert_eq!(entries.push(keyed("a", 150, 1), &limits, &mut dropped), Ok(None));
        assert_eq!(entries.push(keyed("a", 200, 2), &limits, &mut dropped), Ok(Some(keyed("a", 150, 1))));
        assert_eq!(entries.push(keyed("b", 10, 3), &limits, &mut dropped), Err(keyed("b", 10, 3)));
        assert_eq!(entries.pop(), Some(keyed("a", 200, 2)));
        assert_eq!(entries.push(keyed("b", 10, 4), &limits, &mut dropped), Ok(None));
    }

    #[test]
    fn keyed_entries_are_dropped_as_the_oldest() {
        let (mut entries, mut dropped) = (Entries::new(), Vec::new());
        let limits = MailboxLimits { messages: None, bytes: 100, overflow: Overflow::DropOldest };
        for item in [keyed("a", 10, 1), keyed("b", 50, 2), keyed("c", 30, 3)] {
            assert_eq!(entries.push(item, &limits, &mut dropped), Ok(None));
        }
        // It does not fit in its place, so it is the newest entry.
        assert_eq!(entries.push(keyed("a", 40, 4), &limits, &mut dropped), Ok(None));
        assert_eq!(dropped, [keyed("a", 10, 1), keyed("b", 50, 2)]);
        assert_eq!(entries.push(keyed("a", 40, 5), &limits, &mut dropped), Ok(Some(keyed("a", 40, 4))));
        assert_eq!(entries.by_ref().map(|entry| entry.2).collect::<Vec<_>>(), [3, 5]);
    }
}
