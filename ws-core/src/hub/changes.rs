//! The changes of presence that wait for a watcher, merged per identity: however many times an identity comes and goes
//! meanwhile, the watcher receives at most one leave and one join. So the changes that wait are at most as many as the
//! identities that the watcher knows and those that are present, and they need no other bound.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::presence::Present;
use super::presence_event::{IntoInfo, PresenceDiff, PresenceEvent};
use super::watcher::Watcher;
use crate::connection::{InfoBatch, Infos};

/// The changes at one topic that wait for one watcher.
pub(super) struct Changes {
    into_info: IntoInfo,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// In the order in which the identities first changed.
    changes: BTreeMap<u64, Change>,
    /// The place of each identity's change.
    places: HashMap<Arc<str>, u64>,
    next: u64,
    /// An entry of the watcher's mailbox will take the changes.
    queued: bool,
}

/// The change of one identity. If it has left and joined, in this order, its `meta` is another.
#[derive(Default)]
struct Change {
    left: Option<Present>,
    joined: Option<Present>,
}

impl Changes {
    pub(super) fn new(into_info: IntoInfo) -> Arc<Self> {
        Arc::new(Self { into_info, waiting: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a change for `watcher`. The first one that waits queues an entry in its mailbox.
    pub(super) fn add(self: &Arc<Self>, event: PresenceEvent, watcher: &dyn Watcher) {
        let mut waiting = self.lock();
        waiting.add(event);
        if std::mem::replace(&mut waiting.queued, true) {
            return;
        }
        drop(waiting);
        let changes = self.clone();
        // A watcher that is ending receives no more changes.
        watcher.receive(InfoBatch::new(move || changes.take()));
    }

    /// Drops the changes that wait, because the connection no longer watches the topic. If it watches again, they would
    /// contradict the identities that it gets then.
    pub(super) fn clear(&self) {
        let queued = Waiting { queued: true, ..Waiting::default() };
        let dropped = std::mem::replace(&mut *self.lock(), queued);
        drop(dropped);
    }

    /// Takes the changes, as the infos that the watcher receives.
    fn take(&self) -> Infos {
        let changes = std::mem::take(&mut *self.lock()).changes.into_values();
        match self.into_info {
            IntoInfo::Events(into_info) => {
                let events: Vec<_> = changes
                    .flat_map(|Change { left, joined }| {
                        [left.map(PresenceEvent::Left), joined.map(PresenceEvent::Joined)]
                    })
                    .flatten()
                    .collect();
                Box::new(events.into_iter().map(into_info))
            }
            IntoInfo::Diffs(into_info) => {
                let mut diff = PresenceDiff::default();
                for Change { left, joined } in changes {
                    diff.left.extend(left);
                    diff.joined.extend(joined);
                }
                let is_empty = diff.left.is_empty() && diff.joined.is_empty();
                Box::new((!is_empty).then_some(diff).into_iter().map(into_info))
            }
        }
    }
}

impl Waiting {
    fn add(&mut self, event: PresenceEvent) {
        let id = match &event {
            PresenceEvent::Joined(present) | PresenceEvent::Left(present) => present.shared_id().clone(),
        };
        let place = *self.places.entry(id.clone()).or_insert(self.next);
        self.next += 1;
        let change = self.changes.entry(place).or_default();
        match event {
            PresenceEvent::Joined(joined) => {
                if change.left.as_ref().is_some_and(|left| left.has_meta_of(&joined)) {
                    change.left = None;
                } else {
                    change.joined = Some(joined);
                }
            }
            PresenceEvent::Left(left) => {
                if change.joined.take().is_none() {
                    change.left = Some(left);
                }
            }
        }
        if change.left.is_none() && change.joined.is_none() {
            self.changes.remove(&place);
            self.places.remove(&id);
        }
    }
}
