//! The address of a service: its inbox and its members.

use std::any::{TypeId, type_name};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::actor_message::ActorMessage;
use super::inbox::Inbox;
use super::inbox_limits::InboxLimits;
use super::incarnation::Incarnation;
use super::member::Member;
use super::service::Service;
use super::service_context::ServiceContext;
use super::service_key::ServiceKey;
use super::settings::Settings;
use crate::connection::{ConnectionId, shrink_after_burst};
use crate::handler::AppInner;
use crate::shared::callbacks::CallbackLimits;
use crate::shared::services::Ending;

/// The address of service `S` in an app.
pub(crate) struct Address<S: Service> {
    /// `None` if the app has one service of this type.
    pub(super) key: Option<ServiceKey>,
    pub(super) inbox: Arc<Inbox>,
    /// Those of the type.
    pub(super) settings: Arc<Settings>,
    /// The one that is being created or runs, or that ran last.
    incarnation: Mutex<Arc<Incarnation>>,
    /// Only the service's task changes them.
    members: Mutex<HashMap<ConnectionId, Member<S>>>,
}

impl<S: Service> Address<S> {
    fn new(key: Option<ServiceKey>, settings: Arc<Settings>) -> Self {
        let inbox = Arc::new(Inbox::new());
        if key.is_some() {
            inbox.set_limits(settings.inbox());
        }
        let incarnation = Mutex::new(Incarnation::new(type_name::<S>(), inbox.clone(), Weak::new()));
        Self { key, inbox, settings, incarnation, members: Mutex::default() }
    }

    /// The address of the only service of this type in the app. If the type has a service for each key, it is the address
    /// of none: its inbox is shut.
    pub(super) fn common(app: &AppInner) -> Arc<Self> {
        app.services.common(TypeId::of::<S>(), || Self::new(None, Arc::new(Settings::new::<S>(&app.shared))))
    }

    /// The address of the service with this key, or of the only one of this type.
    pub(crate) fn of(app: &AppInner, key: Option<&ServiceKey>) -> Arc<Self> {
        let common = Self::common(app);
        match key {
            None => common,
            Some(key) => app
                .services
                .keyed(TypeId::of::<S>(), &key.0, || Self::new(Some(key.clone()), common.settings.clone())),
        }
    }

    /// The address of the service with this key, if there is one.
    pub(super) fn find(app: &AppInner, key: &str) -> Option<Arc<Self>> {
        app.services.find(TypeId::of::<S>(), key)
    }

    /// The addresses of all services of this type: the only one, or one for each key.
    pub(super) fn all(app: &AppInner) -> Vec<Arc<Self>> {
        let common = Self::common(app);
        if common.settings.linger.is_keyed() { app.services.all(TypeId::of::<S>()) } else { vec![common] }
    }

    /// Notes that the service's task has ended. A service with this key may start again.
    pub(super) fn end(&self, app: Option<&AppInner>) {
        // First: a client that waits for the end finds no entry, and makes a new one.
        if let (Some(key), Some(app)) = (&self.key, app) {
            app.services.remove(TypeId::of::<S>(), key);
        }
        self.inbox.end();
    }

    /// Begins an incarnation, which `init` creates.
    pub(super) fn begin_incarnation(&self, app: Weak<AppInner>) -> Arc<Incarnation> {
        let next = Incarnation::new(type_name::<S>(), self.inbox.clone(), app);
        *self.incarnation.lock().unwrap_or_else(PoisonError::into_inner) = next.clone();
        next
    }

    /// The context of the incarnation that is being created or runs.
    pub(crate) fn context(&self) -> ServiceContext<S> {
        ServiceContext::new(self.incarnation.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Member<S>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn has_members(&self) -> bool {
        !self.lock().is_empty()
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
    let address = Address::<S>::common(app);
    address.settings.set_inbox(limits);
    address.inbox.set_limits(limits);
}

/// Adds the time limits of a route of service `S`.
pub(crate) fn allow_time<S: Service>(app: &AppInner, limits: CallbackLimits) {
    Address::<S>::common(app).settings.time_limits.allow(limits);
}

/// Runs a service of type `S` for each key, for `linger` after its last member has left.
pub(crate) fn set_keyed<S: Service>(app: &AppInner, linger: Duration) {
    let address = Address::<S>::common(app);
    address.settings.linger.set(linger);
    address.inbox.end_unless_begun();
}

/// Ends a service when its app drains.
impl<S: Service> Ending for Address<S> {
    fn drained(&self) -> BoxFuture<'_, ()> {
        if !self.inbox.end_unless_begun() {
            // A service that is down has ended, or is about to.
            drop(self.inbox.push(ActorMessage::End));
        }
        self.inbox.ended().boxed()
    }
}
