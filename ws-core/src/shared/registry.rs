//! The live connections of an app, by the type of their handler.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::mailbox::{ConnectionId, Mailbox};

/// The mailboxes of one handler type's connections.
#[derive(Default)]
pub(crate) struct Live(Mutex<HashMap<ConnectionId, Arc<Mailbox>>>);

impl Live {
    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Arc<Mailbox>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn insert(&self, mailbox: Arc<Mailbox>) {
        self.lock().insert(mailbox.id, mailbox);
    }

    pub(crate) fn remove(&self, id: ConnectionId) {
        let mut live = self.lock();
        let removed = live.remove(&id);
        shrink_after_crowd(&mut live);
        drop(live);
        // Its mail may be the last of its kind: dropped outside the lock.
        drop(removed);
    }

    pub(crate) fn find(&self, id: ConnectionId) -> Option<Arc<Mailbox>> {
        self.lock().get(&id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Mailbox>> {
        self.lock().values().cloned().collect()
    }
}

/// Gives back what a crowd took once few are left.
pub(crate) fn shrink_after_crowd<K: Eq + Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() > 64 && map.len() < map.capacity() / 8 {
        map.shrink_to_fit();
    }
}

#[derive(Default)]
pub(crate) struct Registry(Mutex<HashMap<TypeId, Arc<Live>>>);

impl Registry {
    fn lock(&self) -> MutexGuard<'_, HashMap<TypeId, Arc<Live>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connections of one type of handler.
    pub(crate) fn of(&self, handler: TypeId) -> Arc<Live> {
        self.lock().entry(handler).or_default().clone()
    }

    /// Tells every connection that the app drains.
    pub(crate) fn drain(&self) {
        let all: Vec<_> = self.lock().values().cloned().collect();
        for mailbox in all.iter().flat_map(|live| live.all()) {
            mailbox.drain();
        }
    }
}
