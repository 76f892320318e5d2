//! The open connections of an app, by the type of their handler.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::{Connection, ConnectionId};

/// The open connections of one type of handler.
#[derive(Default)]
pub(crate) struct OpenConnections(Mutex<HashMap<ConnectionId, Arc<Connection>>>);

impl OpenConnections {
    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Arc<Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn insert(&self, connection: Arc<Connection>) {
        self.lock().insert(connection.id, connection);
    }

    pub(crate) fn remove(&self, id: ConnectionId) {
        let mut open = self.lock();
        let removed = open.remove(&id);
        shrink_after_burst(&mut open);
        drop(open);
        // Dropped outside the lock: it may hold values of a user's types.
        drop(removed);
    }

    pub(crate) fn find(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        self.lock().get(&id).cloned()
    }

    /// Returns those of the connections with these ids that are open, in the same order.
    pub(crate) fn these(&self, ids: &[ConnectionId]) -> Vec<Arc<Connection>> {
        let open = self.lock();
        ids.iter().filter_map(|id| open.get(id).cloned()).collect()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.lock().values().cloned().collect()
    }
}

/// Frees the capacity that a past burst needed, once few entries are left.
pub(crate) fn shrink_after_burst<K: Eq + Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() > 64 && map.len() < map.capacity() / 8 {
        map.shrink_to_fit();
    }
}

/// The open connections of an app.
#[derive(Default)]
pub(crate) struct Registry(Mutex<HashMap<TypeId, Arc<OpenConnections>>>);

impl Registry {
    fn lock(&self) -> MutexGuard<'_, HashMap<TypeId, Arc<OpenConnections>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the open connections of one type of handler.
    pub(crate) fn of(&self, handler: TypeId) -> Arc<OpenConnections> {
        self.lock().entry(handler).or_default().clone()
    }

    /// Signals the drain to every connection.
    pub(crate) fn drain(&self) {
        let all: Vec<_> = self.lock().values().cloned().collect();
        for connection in all.iter().flat_map(|open| open.all()) {
            connection.drain();
        }
    }
}
