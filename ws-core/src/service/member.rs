//! A member of a service: one connection, as the service and the rest of the program see it (B4).

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::contract::Service;
use crate::close::{Close, CloseCode, Reason};
use crate::into_message::IntoMessage;
use crate::message::Message;
use crate::payload::BadPayload;
use crate::request::{Params, Request};
use crate::shared::mailbox::{ConnectionId, Delivery, Mail, Mailbox};

/// One connection of service `S`: its handle, where it came in, and what `#[join]` kept of it. Cheap to clone, usable
/// from any task or thread.
pub struct Member<S: Service>(Arc<Inner<S>>);

struct Inner<S: Service> {
    mailbox: Arc<Mailbox>,
    path: Box<str>,
    params: Params,
    peer_addr: Option<SocketAddr>,
    subprotocol: Option<Box<str>>,
    kept: OnceLock<S::Kept>,
    /// Of the service's task alone.
    refused: AtomicBool,
}

impl<S: Service> Member<S> {
    pub(super) fn new(mailbox: Arc<Mailbox>, request: &Request) -> Self {
        Self(Arc::new(Inner {
            mailbox,
            path: request.path.clone(),
            params: request.params.clone(),
            peer_addr: request.peer_addr,
            subprotocol: request.subprotocol.clone(),
            kept: OnceLock::new(),
            refused: AtomicBool::new(false),
        }))
    }

    /// Keeps what `join` returned; it returns once.
    pub(super) fn keep(&self, kept: S::Kept) {
        let _ = self.0.kept.set(kept);
    }

    /// Sends a message to the client. An empty one is sent as one; nothing waits.
    pub fn send<M: IntoMessage>(&self, message: M) -> M::Answer<Delivery> {
        message.send_with(|message| match message {
            Message::Close(close) => self.0.mailbox.close(close),
            message => self.0.mailbox.push(Mail::Send(message)),
        })
    }

    /// Closes the connection; what was sent before goes first. `#[close]` follows when it has ended.
    pub fn close(&self, code: CloseCode, reason: impl Into<Reason>) -> Delivery {
        self.end(Close::new(code, reason))
    }

    pub(super) fn end(&self, close: Close) -> Delivery {
        self.0.mailbox.close(close)
    }

    /// Closes the connection with 1007: it sent what no callback can be given, and nothing of it is heard any more.
    pub(crate) fn refuse(&self, bad: &BadPayload) {
        self.0.refused.store(true, Ordering::Relaxed);
        self.0.mailbox.refuse_message(bad.to_string());
    }

    pub(super) fn is_refused(&self) -> bool {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// The member hears from now on what is published to `topic`; whether it did not before. It ends with the
    /// connection; bounds are those of [`Context::subscribe`](crate::Context::subscribe). See [`Hub`](crate::Hub).
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[service("/rooms/{room}")]
    /// struct Rooms {
    ///     hub: Hub,
    /// }
    ///
    /// #[service]
    /// impl Rooms {
    ///     #[init]
    ///     fn new(app: AppHandle) -> Self {
    ///         Self { hub: app.hub() }
    ///     }
    ///
    ///     #[join]
    ///     fn join(&mut self, member: &Member<Self>) -> String {
    ///         let room = format!("room:{}", member.params().get("room").unwrap_or_default());
    ///         member.subscribe(&room);
    ///         room
    ///     }
    ///
    ///     #[incoming]
    ///     fn said(&mut self, member: &Member<Self>, words: Text) {
    ///         self.hub.publish_except(member, member.kept(), words);
    ///     }
    /// }
    /// ```
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn subscribe(&self, topic: &str) -> bool {
        self.0.mailbox.subscribe(topic)
    }

    /// The member hears no more what is published to `topic` from now on; whether it did before. What waits already
    /// still comes.
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn unsubscribe(&self, topic: &str) -> bool {
        self.0.mailbox.unsubscribe(topic)
    }

    /// Says that `id` is present at `topic`, for as long as this member's connection lives or until
    /// [`untrack`](Self::untrack); how many connections it has there now. As
    /// [`Context::track`](crate::Context::track), within the same bounds; [`Hub::present`](crate::Hub::present) lists who
    /// is there.
    ///
    /// # Errors
    /// That `meta` has no JSON; nobody is tracked then.
    pub fn track(
        &self,
        topic: &str,
        id: &str,
        meta: &impl serde::Serialize,
    ) -> Result<usize, serde_json::Error> {
        self.0.mailbox.track(topic, id, &serde_json::to_string(meta)?)
    }

    /// Takes back what [`track`](Self::track) said; whether it was so.
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn untrack(&self, topic: &str, id: &str) -> bool {
        self.0.mailbox.untrack(topic, id)
    }

    /// Whether the connection still takes what is sent to it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.mailbox.is_open()
    }

    /// The connection's number.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.0.mailbox.id
    }

    /// The path that the client asked for.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The parameters of the path.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.0.params
    }

    /// The client's address, as [`Context::peer_addr`](crate::Context::peer_addr) has it.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.0.peer_addr
    }

    /// The subprotocol that was agreed on: the first of the route's that the client offers, or, where the route declares
    /// none, the first of the client's (B7).
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.0.subprotocol.as_deref()
    }

    /// What `#[join]` returned.
    ///
    /// # Panics
    /// In `#[join]` itself, which has yet to return it.
    #[must_use]
    pub fn kept(&self) -> &S::Kept {
        match self.0.kept.get() {
            Some(kept) => kept,
            None => panic!("nothing is kept of a member until its `#[join]` has returned"),
        }
    }
}

impl<S: Service> From<&Member<S>> for ConnectionId {
    fn from(member: &Member<S>) -> Self {
        member.id()
    }
}

impl<S: Service> Clone for Member<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Service> PartialEq for Member<S> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<S: Service> Eq for Member<S> {}

impl<S: Service> std::hash::Hash for Member<S> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl<S: Service> fmt::Debug for Member<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member<{}>({} at {})", std::any::type_name::<S>(), self.id(), self.path())
    }
}
