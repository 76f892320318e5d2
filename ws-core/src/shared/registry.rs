//! The live connections of an app, by the type of their handler.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::mailbox::{ConnectionId, Mailbox};

/// The mailboxes of one handler type's connections.
pub(crate) struct Live<I>(Mutex<HashMap<ConnectionId, Arc<Mailbox<I>>>>);

impl<I> Live<I> {
    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Arc<Mailbox<I>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn insert(&self, mailbox: Arc<Mailbox<I>>) {
        self.lock().insert(mailbox.id, mailbox);
    }

    pub(crate) fn remove(&self, id: ConnectionId) {
        let removed = self.lock().remove(&id);
        // Its mail may be the last of its kind: dropped outside the lock.
        drop(removed);
    }

    pub(crate) fn all(&self) -> Vec<Arc<Mailbox<I>>> {
        self.lock().values().cloned().collect()
    }
}

/// What can be done to connections whatever their handler.
trait AnyLive: Any + Send + Sync {
    fn drain(&self);
    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<I: Send + 'static> AnyLive for Live<I> {
    fn drain(&self) {
        for mailbox in self.all() {
            mailbox.drain();
        }
    }

    fn as_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

#[derive(Default)]
pub(crate) struct Registry(Mutex<HashMap<TypeId, Arc<dyn AnyLive>>>);

impl Registry {
    fn lock(&self) -> MutexGuard<'_, HashMap<TypeId, Arc<dyn AnyLive>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connections of handler `H`, whose infos are `I`.
    pub(crate) fn of<H: 'static, I: Send + 'static>(&self) -> Arc<Live<I>> {
        let live = self
            .lock()
            .entry(TypeId::of::<H>())
            .or_insert_with(|| Arc::new(Live::<I>(Mutex::default())))
            .clone();
        live.as_any().downcast().expect("a handler has one type of infos")
    }

    /// Tells every connection that the app drains.
    pub(crate) fn drain(&self) {
        let all: Vec<_> = self.lock().values().cloned().collect();
        for live in all {
            live.drain();
        }
    }
}
