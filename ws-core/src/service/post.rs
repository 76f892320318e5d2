//! Where a service is said things: its inbox, and who its members are.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::contract::Service;
use super::inbox::Inbox;
use super::letter::Letter;
use super::member::Member;
use crate::limits::InboxLimits;
use crate::shared::Shared;
use crate::shared::mailbox::ConnectionId;
use crate::shared::registry::shrink_after_crowd;
use crate::shared::services::Ending;

pub(crate) struct Post<S: Service> {
    pub(super) inbox: Arc<Inbox>,
    /// Of its task; others look.
    members: Mutex<HashMap<ConnectionId, Member<S>>>,
}

impl<S: Service> Post<S> {
    /// That of the one service of this type in the app.
    pub(super) fn of(shared: &Shared) -> Arc<Self> {
        shared.services.of(TypeId::of::<S>(), || {
            let inbox = Arc::new(Inbox::new());
            (Self { inbox: inbox.clone(), members: Mutex::default() }, inbox)
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Member<S>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn insert(&self, member: Member<S>) {
        self.lock().insert(member.id(), member);
    }

    pub(super) fn member(&self, id: ConnectionId) -> Option<Member<S>> {
        self.lock().get(&id).cloned()
    }

    pub(super) fn remove(&self, id: ConnectionId) -> Option<Member<S>> {
        let mut members = self.lock();
        let removed = members.remove(&id);
        shrink_after_crowd(&mut members);
        removed
    }

    /// Their numbers, in the order in which they came.
    pub(super) fn ids(&self) -> Vec<ConnectionId> {
        let mut ids: Vec<_> = self.lock().keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// In the order in which they came.
    pub(super) fn members(&self) -> Vec<Member<S>> {
        let mut members: Vec<_> = self.lock().values().cloned().collect();
        members.sort_unstable_by_key(Member::id);
        members
    }
}

/// Bounds the inbox of service `S`.
pub(crate) fn bound<S: Service>(shared: &Shared, limits: InboxLimits) {
    Post::<S>::of(shared).inbox.bound(limits);
}

impl Ending for Inbox {
    fn drained(&self) -> BoxFuture<'_, ()> {
        if !self.end_unless_begun() {
            // One that is down already is over, or about to be.
            drop(self.push(Letter::End));
        }
        self.ended().boxed()
    }
}
