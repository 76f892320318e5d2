//! The live connections of an app, by the type of their handler.

use std::any::TypeId;
use std::collections::HashMap;
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
        let removed = self.lock().remove(&id);
        // Its mail may be the last of its kind: dropped outside the lock.
        drop(removed);
    }

    pub(crate) fn all(&self) -> Vec<Arc<Mailbox>> {
        self.lock().values().cloned().collect()
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
