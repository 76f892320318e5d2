//! The handle of a service, for the rest of the program.

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::Arc;

use super::contract::{Service, ServiceInfo};
use super::inbox::Status;
use super::letter::Letter;
use super::member::Member;
use super::post::Post;
use crate::audience::{Audience, BroadcastFor};
use crate::handle::AppHandle;
use crate::shared::Shared;
use crate::shared::mailbox::Delivery;

/// A handle to service `S` of an app: cheap to clone, usable from any task or thread, with or without a runtime. What
/// is said through it keeps its order; nothing waits.
///
/// What is said before the service has started waits for it, as much as an inbox holds by default if the app has yet to
/// settle its routes. Its inbox has as much room for the program as for the
/// members; past that, its overflow says what is lost: the oldest for [`DropOldest`](super::InboxOverflow::DropOldest),
/// otherwise what does not fit, of which the caller is told.
pub struct ServiceHandle<S: Service> {
    shared: Arc<Shared>,
    post: Arc<Post<S>>,
}

impl AppHandle {
    /// The service of type `S`.
    #[must_use]
    pub fn service<S: Service>(&self) -> ServiceHandle<S> {
        ServiceHandle { shared: self.0.clone(), post: Post::of(&self.0) }
    }
}

impl<S: Service> ServiceHandle<S> {
    /// Says something to the service: its `#[info]` of this type is called.
    pub fn info(&self, info: impl ServiceInfo<S>) -> Delivery {
        self.tell(Letter::Info(Box::new(info.into_info())))
    }

    /// Broadcasts to the service: its `#[broadcast]` of this type is called (B5).
    ///
    /// [`AppHandle::broadcast`] says the same, and is for handlers as well.
    pub fn broadcast(&self, news: impl BroadcastFor<S>) -> Delivery
    where
        S: Audience<Heard = S::Broadcast>,
    {
        self.hears(Arc::new(news).into_heard())
    }

    pub(crate) fn hears(&self, heard: S::Broadcast) -> Delivery {
        self.tell(Letter::Broadcast(Box::new(heard)))
    }

    fn tell(&self, letter: Letter) -> Delivery {
        if self.post.inbox.status() == Status::Waiting && !self.may_start() {
            return Delivery::Gone;
        }
        let (delivery, dropped) = self.post.inbox.tell(letter);
        if dropped > 0 {
            self.shared.stats.dropped(dropped);
        }
        delivery
    }

    /// The app has a route for it, or has not settled its routes yet.
    fn may_start(&self) -> bool {
        let sites = &self.shared.setup().directory.0;
        sites.is_empty() || sites.iter().any(|site| site.handler == TypeId::of::<S>())
    }

    /// Its members, in the order in which they connected.
    #[must_use]
    pub fn members(&self) -> Vec<Member<S>> {
        self.post.members()
    }

    /// Whether it takes what is said to it: it has not stopped, drained or been given up.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.post.inbox.status() != Status::Down
    }
}

impl<S: Service> Clone for ServiceHandle<S> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), post: self.post.clone() }
    }
}

impl<S: Service> fmt::Debug for ServiceHandle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceHandle<{}>", type_name::<S>())
    }
}
