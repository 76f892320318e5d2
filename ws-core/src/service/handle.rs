//! The handle of a service, for the rest of the program.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use super::address::Address;
use super::inbox::Status;
use super::member::Member;
use super::message::ActorMessage;
use super::service::{Service, ServiceInfo};
use crate::connection::Delivery;
use crate::handler::{AppHandle, AppInner, BroadcastFor, BroadcastTarget};

/// A handle to service `S` of an app: cheap to clone, usable from any task or thread, with or without a runtime. What
/// is said through it keeps its order; nothing waits.
///
/// What is said before the service has started waits for it, as much as an inbox holds by default if the app has yet to
/// settle its routes. Its inbox has as much room for the program as for the
/// members; past that, its overflow says what is lost: the oldest for [`DropOldest`](super::InboxOverflow::DropOldest),
/// otherwise what does not fit, of which the caller is told.
pub struct ServiceHandle<S: Service> {
    app: Arc<AppInner>,
    address: Arc<Address<S>>,
}

impl AppHandle {
    /// The service of type `S`.
    #[must_use]
    pub fn service<S: Service>(&self) -> ServiceHandle<S> {
        ServiceHandle { app: self.inner().clone(), address: Address::of(self.inner()) }
    }
}

impl<S: Service> ServiceHandle<S> {
    /// Says something to the service: its `#[info]` of this type is called.
    pub fn info(&self, info: impl ServiceInfo<S>) -> Delivery {
        self.send(ActorMessage::Info(Box::new(info.into_info())))
    }

    /// Broadcasts to the service: its `#[broadcast]` of this type is called (B5).
    ///
    /// [`AppHandle::broadcast`] says the same, and is for handlers as well.
    pub fn broadcast(&self, message: impl BroadcastFor<S>) -> Delivery
    where
        S: BroadcastTarget<Broadcast = <S as Service>::Broadcast>,
    {
        self.boxed_broadcast(Arc::new(message).into_broadcast())
    }

    pub(crate) fn boxed_broadcast(&self, broadcast: <S as Service>::Broadcast) -> Delivery {
        self.send(ActorMessage::Broadcast(Box::new(broadcast)))
    }

    fn send(&self, message: ActorMessage) -> Delivery {
        if self.address.inbox.status() == Status::Waiting && !self.may_start() {
            return Delivery::Gone;
        }
        let (delivery, dropped) = self.address.inbox.send(message);
        if dropped > 0 {
            self.app.shared.stats.dropped(dropped);
        }
        delivery
    }

    /// The app has a route for it, or has not settled its routes yet.
    fn may_start(&self) -> bool {
        let entries = &self.app.shared.setup().urls.0;
        entries.is_empty() || entries.iter().any(|entry| entry.handler == TypeId::of::<S>())
    }

    /// Its members, in the order in which they connected.
    #[must_use]
    pub fn members(&self) -> Vec<Member<S>> {
        self.address.members()
    }

    /// Whether it takes what is said to it: it has not stopped, drained or been given up.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.address.inbox.status() != Status::Down
    }
}

impl<S: Service> Clone for ServiceHandle<S> {
    fn clone(&self) -> Self {
        Self { app: self.app.clone(), address: self.address.clone() }
    }
}

impl<S: Service> fmt::Debug for ServiceHandle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceHandle<{}>", type_name::<S>())
    }
}
