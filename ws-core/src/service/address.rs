//! The address of a service: its inbox and its members.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::actor_message::ActorMessage;
use super::inbox::Inbox;
use super::inbox_limits::InboxLimits;
use super::member::Member;
use super::service::Service;
use super::time_limits::TimeLimits;
use crate::connection::{ConnectionId, shrink_after_burst};
use crate::handler::AppInner;
use crate::shared::callbacks::CallbackLimits;
use crate::shared::services::Ending;

/// The address of service `S` in an app.
pub(crate) struct Address<S: Service> {
    pub(super) inbox: Arc<Inbox>,
    pub(super) time_limits: TimeLimits,
    /// Only the service's task changes them.
    members: Mutex<HashMap<ConnectionId, Member<S>>>,
}

impl<S: Service> Address<S> {
    /// The address of the only service of this type in the app.
    pub(super) fn of(app: &AppInner) -> Arc<Self> {
        app.services.of(TypeId::of::<S>(), || {
            let inbox = Arc::new(Inbox::new());
            let ending = Arc::new(InboxEnding(inbox.clone()));
            (
                Self { inbox, time_limits: TimeLimits::new::<S>(&app.shared), members: Mutex::default() },
                ending,
            )
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
        shrink_after_burst(&mut members);
        removed
    }

    /// The ids of the members, the oldest first.
    pub(super) fn ids(&self) -> Vec<ConnectionId> {
        let mut ids: Vec<_> = self.lock().keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The members, the oldest first.
    pub(super) fn members(&self) -> Vec<Member<S>> {
        let mut members: Vec<_> = self.lock().values().cloned().collect();
        members.sort_unstable_by_key(Member::id);
        members
    }
}

/// Sets the limits of the inbox of service `S`.
pub(crate) fn set_limits<S: Service>(app: &AppInner, limits: InboxLimits) {
    Address::<S>::of(app).inbox.set_limits(limits);
}

/// Adds the time limits of a route of service `S`.
pub(crate) fn allow_time<S: Service>(app: &AppInner, limits: CallbackLimits) {
    Address::<S>::of(app).time_limits.allow(limits);
}

/// Ends a service when its app drains.
struct InboxEnding(Arc<Inbox>);

impl Ending for InboxEnding {
    fn drained(&self) -> BoxFuture<'_, ()> {
        if !self.0.end_unless_begun() {
            // A service that is down has ended, or is about to.
            drop(self.0.push(ActorMessage::End));
        }
        self.0.ended().boxed()
    }
}
