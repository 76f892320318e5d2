//! The histories of an app: which topics keep one, and the order in which they give way to others.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ring::{Rank, Ring};
use super::rules::Rules;
use crate::shared::clock::Moment;

/// The histories of an app.
pub(super) struct Archive {
    pub(super) rules: Rules,
    pub(super) limits: ArchiveLimits,
    /// Makes the epochs of rings.
    hasher: RandomState,
    last_id: AtomicU64,
    /// All rings, in the order in which they give way.
    ranked: Index<Rank>,
    /// The rings with messages, by the time at which the last one expires.
    expiring: Index<Moment>,
    started: Moment,
    /// The second in which expired messages were last looked for.
    swept: AtomicU64,
}

/// The bounds of all histories together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArchiveLimits {
    pub(crate) topics: usize,
    pub(crate) bytes: usize,
}

/// Rings by `T` and their id. The ring's `T` may have grown since: whoever takes a ring from here asks the ring itself.
pub(super) struct Index<T>(Mutex<BTreeMap<(T, u64), Arc<str>>>);

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Ord> Index<T> {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(T, u64), Arc<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the ring of `topic`.
    pub(super) fn add(&self, key: (T, u64), topic: &Arc<str>) {
        self.lock().insert(key, topic.clone());
    }

    pub(super) fn remove(&self, key: &(T, u64)) {
        self.lock().remove(key);
    }

    /// Takes the first ring if it is not after `until`. Returns its key and its topic.
    pub(super) fn take(&self, until: Option<T>) -> Option<((T, u64), Arc<str>)> {
        let mut rings = self.lock();
        let first = rings.first_entry()?;
        if until.is_some_and(|until| first.key().0 > until) { None } else { Some(first.remove_entry()) }
    }
}

impl Archive {
    pub(super) fn new(rules: Rules, limits: ArchiveLimits) -> Self {
        Self {
            rules,
            limits,
            hasher: RandomState::new(),
            last_id: AtomicU64::new(0),
            ranked: Index::default(),
            expiring: Index::default(),
            started: Moment::now(),
            swept: AtomicU64::new(0),
        }
    }

    /// Creates the ring of `topic`, which counts as used now.
    pub(super) fn new_ring(&self, topic: &Arc<str>, now: Moment) -> Ring {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let ring = Ring::new(id, self.hasher.hash_one(id), now);
        self.ranked.add((ring.rank, id), topic);
        ring
    }

    /// Changes the place of a ring that is in the order.
    pub(super) fn rank(&self, topic: &Arc<str>, ring: &mut Ring, rank: Rank) {
        self.ranked.remove(&(ring.rank, ring.id));
        ring.rank = rank;
        self.ranked.add((rank, ring.id), topic);
    }

    pub(super) const fn ranked(&self) -> &Index<Rank> {
        &self.ranked
    }

    pub(super) const fn expiring(&self) -> &Index<Moment> {
        &self.expiring
    }

    /// Returns whether expired messages should be looked for: once in a second.
    pub(super) fn is_sweep_due(&self, now: Moment) -> bool {
        let second = now.since(self.started).as_secs();
        self.swept.load(Ordering::Relaxed) < second
            && self.swept.fetch_max(second, Ordering::Relaxed) < second
    }
}
