//! The handle of a service, for the rest of the program.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use super::actor_message::ActorMessage;
use super::address::Address;
use super::inbox_state::Status;
use super::member::Member;
use super::service::Service;
use super::service_info::ServiceInfo;
use super::service_key::ServiceKey;
use crate::connection::Delivery;
use crate::handler::{AppHandle, AppInner, BroadcastFor, BroadcastTarget};

/// A handle to service `S` of an app. It is cheap to clone, and usable from any task or thread, with or without a
/// runtime. Nothing waits, and everything that you send through one handle is delivered in order.
///
/// [`AppHandle::service`] returns it, at any time. Infos and broadcasts that you send before the service has started
/// are queued for it. Until the app knows its routes, they are limited to 4 MiB, the default limit of an inbox.
///
/// The inbox has as much capacity for the program as for all members together. If an info or a broadcast does not fit,
/// it is dropped, and you get [`Delivery::Dropped`]. With [`DropOldest`](super::InboxOverflow::DropOldest), the oldest
/// one in the inbox is dropped instead, until the new one fits. [`Stats::dropped`](crate::Stats::dropped) counts both.
///
/// ```
/// use ws_core::prelude::*;
///
/// #[service("/auction")]
/// #[derive(Default)]
/// struct Auction {
///     price: u64,
/// }
///
/// struct Bid(u64);
///
/// #[service]
/// impl Auction {
///     #[info]
///     fn bid(&mut self, bid: Bid) {
///         self.price = self.price.max(bid.0);
///     }
/// }
///
/// fn place(app: &AppHandle) {
///     let auction = app.service::<Auction>();
///     if !auction.info(Bid(100)).is_queued() {
///         println!("the auction has ended, or its inbox is full");
///     }
///     println!("{} bidders", auction.members().len());
/// }
/// ```
pub struct ServiceHandle<S: Service /* the service: write `ServiceHandle<Chat>` */> {
    app: Arc<AppInner>,
    address: Arc<Address<S>>,
}

impl AppHandle {
    /// Returns a handle to service `S`. An app has one instance of it, even if it has several routes.
    ///
    /// If `S` has an instance [for each key](Service#keys), nothing can be sent through this handle
    /// ([`Delivery::Gone`]); call [`service_at`](Self::service_at).
    #[must_use]
    pub fn service<S: Service>(&self) -> ServiceHandle<S> {
        ServiceHandle::at(self, Address::common(self.inner()))
    }

    /// Returns a handle to the instance of service `S` for `key`, if it runs: at least one client has joined it since it
    /// last ended. See [`Service`](Service#keys).
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[service("/game/{id}", per = "id")]
    /// #[derive(Default)]
    /// struct Game;
    ///
    /// struct Abort;
    ///
    /// #[service]
    /// impl Game {
    ///     #[info]
    ///     fn abort(&mut self, _: Abort) -> Control {
    ///         Control::stop("aborted")
    ///     }
    /// }
    ///
    /// fn abort(app: &AppHandle, game: &str) -> bool {
    ///     app.service_at::<Game>(game).is_some_and(|game| game.info(Abort).is_queued())
    /// }
    /// ```
    #[must_use]
    pub fn service_at<S: Service>(&self, key: &str) -> Option<ServiceHandle<S>> {
        Some(ServiceHandle::at(self, Address::find(self.inner(), key)?))
    }

    /// Returns handles to all instances of service `S`: the only one, or those of [each key](Service#keys) that run, in no
    /// particular order.
    #[must_use]
    pub fn services<S: Service>(&self) -> Vec<ServiceHandle<S>> {
        Address::all(self.inner()).into_iter().map(|address| ServiceHandle::at(self, address)).collect()
    }
}

impl<S: Service> ServiceHandle<S> {
    fn at(app: &AppHandle, address: Arc<Address<S>>) -> Self {
        Self { app: app.inner().clone(), address }
    }

    /// Returns the key of this instance, or `None` if the app has only one.
    #[must_use]
    pub fn key(&self) -> Option<&ServiceKey> {
        self.address.key.as_ref()
    }

    /// Delivers `info` to the service: its `#[info]` callback for this type is called.
    ///
    /// Returns [`Delivery::Gone`] if the service has ended, or the app has no route for it.
    pub fn info(&self, info: impl ServiceInfo<S>) -> Delivery {
        let info = info.into_info();
        let heap = S::info_heap_size(&info);
        self.send(ActorMessage::Info(Box::new(info), heap))
    }

    /// Delivers `message` to the service: its `#[broadcast]` callback for this type is called.
    ///
    /// Returns [`Delivery::Gone`] if the service has ended, or the app has no route for it. [`AppHandle::broadcast`]
    /// does the same for services and handlers, and counts the broadcast in
    /// [`Stats::published`](crate::Stats::published).
    pub fn broadcast(
        &self,
        message: impl BroadcastFor<S, Target: BroadcastTarget<Broadcast = <S as Service>::Broadcast>>,
    ) -> Delivery {
        self.own_broadcast(Arc::new(message).into_broadcast())
    }

    /// Delivers a broadcast of the service's own type.
    pub(crate) fn own_broadcast(&self, broadcast: <S as Service>::Broadcast) -> Delivery {
        let heap = S::broadcast_heap_size(&broadcast);
        self.send(ActorMessage::Broadcast(Box::new(broadcast), heap))
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

    /// Returns `true` if the app has a route for the service, or does not know its routes yet.
    fn may_start(&self) -> bool {
        let entries = &self.app.shared.setup().urls.0;
        entries.is_empty() || entries.iter().any(|entry| entry.handler == TypeId::of::<S>())
    }

    /// Returns the members of the service, in the order in which they connected.
    #[must_use]
    pub fn members(&self) -> Vec<Member<S>> {
        self.address.members()
    }

    /// Returns `true` if the service accepts infos and broadcasts: it has not stopped, drained or been given up after
    /// too many restarts. A service that has not started accepts them too.
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
        write!(f, "ServiceHandle<{}>", type_name::<S>())?;
        self.key().map_or(Ok(()), |key| write!(f, "({key:?})"))
    }
}
