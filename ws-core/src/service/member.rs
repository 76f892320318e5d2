//! A member of a service: one of its connections.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::value::RawValue;

use super::control::{Control, log_error};
use super::member_expiring::{MemberExpiring, notice};
use super::service::Service;
use super::service_info::ServiceInfo;
use crate::connection::{Connection, ConnectionId, Delivery, End, IntoExpiry, Params};
use crate::event::{Envelope, OfEvent, with_id};
use crate::handler::{AppHandle, ErrorReply};
use crate::hub::{LeftTopic, Position, Recovery, TopicError};
use crate::message::{
    BadPayload, BoxError, Close, CloseCode, Failed, IntoMessage, Message, Reason, Terminate,
};
use crate::shared::Shared;
use crate::shared::panics::drop_each;

/// A member of service `S`: a handle to one of its connections, with the value that `#[join]` returned. It is cheap to
/// clone, and usable from any task or thread.
pub struct Member<S /* the service: write `Member<Self>` in its impl */> {
    inner: Arc<MemberInner>,
    service: PhantomData<fn() -> S>,
}

struct MemberInner {
    connection: Arc<Connection>,
    app: AppHandle,
}

#[expect(clippy::must_use_candidate, reason = "many are called for their effect")]
impl<S: Service> Member<S> {
    pub(super) fn new(connection: Arc<Connection>, app: AppHandle) -> Self {
        Self { inner: Arc::new(MemberInner { connection, app }), service: PhantomData }
    }

    fn connection(&self) -> &Arc<Connection> {
        &self.inner.connection
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.connection().shared
    }

    /// Keeps the value that `join` returned.
    pub(super) fn keep(&self, kept: S::Kept) {
        let _ = self.connection().keep(kept);
    }

    /// Sends a message to the client.
    pub fn send(&self, message: impl IntoMessage) -> Delivery {
        self.connection().send(message.into_message())
    }

    /// Sends `value` to the client as JSON, in a text message.
    ///
    /// # Errors
    /// The value cannot be serialized. Nothing is sent.
    pub fn send_json(&self, value: &(impl Serialize + ?Sized)) -> Result<Delivery, serde_json::Error> {
        Ok(self.send(Message::json(value)?))
    }

    /// Sends a message to the client once the member's mailbox has room for it; see
    /// [`Socket::send_wait`](crate::Socket::send_wait). Clone the member for a task of its own: the service handles no
    /// other event while one of its callbacks waits.
    ///
    /// # Cancel safety
    /// If you drop the future, the message is not sent.
    pub async fn send_wait(&self, message: impl IntoMessage) -> Delivery {
        self.connection().send_wait(message.into_message()).await
    }

    /// Closes the connection. Messages that were sent before go out first. `#[close]` is called when it has ended.
    pub fn close(&self, code: CloseCode, reason: impl Into<Reason>) -> Delivery {
        self.end(Close::new(code, reason))
    }

    pub(super) fn end(&self, close: Close) -> Delivery {
        self.connection().close(close)
    }

    /// Closes the connection with code 1007, because its client sent a payload that no callback takes. Its further
    /// messages are dropped.
    pub(crate) fn refuse(&self, bad: &BadPayload) {
        let _ = self.connection().fail(Terminate::BadEncoding(bad.to_string()));
    }

    /// Sends an [`ErrorReply`] to the client, or closes its connection because the error is a [`Close`]. Returns any other
    /// error.
    pub(crate) fn reply(&self, error: BoxError) -> Option<BoxError> {
        self.reply_event(error, None, Envelope::new())
    }

    /// Does the same in reply to an event. The messages get its id, if it has one.
    pub(crate) fn reply_event(
        &self,
        error: BoxError,
        id: Option<&RawValue>,
        envelope: Envelope,
    ) -> Option<BoxError> {
        let error = match error.downcast::<ErrorReply>() {
            Ok(error) => {
                let (messages, end) = error.into_inner().into_messages();
                for message in messages {
                    self.send(match id {
                        Some(id) => with_id(message, id, envelope),
                        None => message,
                    });
                }
                return match end? {
                    End::Close(close) => self.reply(close.into()),
                    End::CloseAs(reason) => {
                        let refused = self.connection().fail(Terminate::StopAs(reason));
                        drop_each(refused.err());
                        None
                    }
                    End::Failed(error) => Some(error),
                    End::Refused(bad) => Some(bad.into()),
                };
            }
            Err(error) => error,
        };
        match error.downcast::<Close>() {
            Ok(close) => {
                let _ = self.connection().fail(Terminate::Stop(*close));
                None
            }
            Err(error) => Some(error),
        }
    }

    /// Closes the connection because `callback` failed for it. Its further messages are dropped. The error is logged, once
    /// the connection has ended.
    pub(crate) fn fail(&self, callback: &'static str, error: BoxError) -> Control {
        let (error, _) = OfEvent::unwrap(error);
        let Some(error) = self.reply(error) else { return Control::Continue };
        match error.downcast::<BadPayload>() {
            Ok(bad) => {
                self.refuse(&bad);
                Control::Continue
            }
            Err(error) => {
                match self.connection().fail(Terminate::Failed(Failed { callback, error })) {
                    // It has ended for another reason.
                    Err(Terminate::Failed(failed)) => {
                        log_error(type_name::<S>(), callback, Err(failed.error))
                    }
                    _ => Control::Continue,
                }
            }
        }
    }

    pub(super) fn is_refused(&self) -> bool {
        self.connection().is_refused()
    }

    /// Closes the connection at this time instead of the one before, because its client's credentials expire then; see
    /// [`Upgrade::expires_at`](crate::Upgrade::expires_at). Call it in `#[join]`, and again with new credentials.
    /// [`Expiry::NEVER`](crate::Expiry::NEVER) lets the connection live on, which is the default.
    pub fn renew(&self, time: impl IntoExpiry) -> Delivery {
        self.connection().change_lease(time.into_expiry())
    }

    /// Sets the code and reason of the close frame that the client receives when the connection expires; see
    /// [`Upgrade::close_expired_with`](crate::Upgrade::close_expired_with).
    pub fn close_expired_with(&self, code: CloseCode, reason: impl Into<Reason>) {
        self.connection().change_lease(Close::new(code, reason));
    }

    /// Notifies the service `before` the connection expires, with an info, [`MemberExpiring`], so that it can
    /// [`renew`](Self::renew) the credentials or ask the client for new ones. Otherwise the connection closes. Each renewal
    /// is followed by another notice. One that is due already is delivered at once.
    ///
    /// The notice waits for the member's messages before it. It does not count in the inbox, whose overflow never drops
    /// it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ws_core::prelude::*;
    ///
    /// #[service("/lounge")]
    /// #[derive(Default)]
    /// struct Lounge;
    ///
    /// #[service]
    /// impl Lounge {
    ///     #[join]
    ///     fn join(&mut self, member: &Member<Self>) {
    ///         member.renew(Duration::from_secs(900));
    ///         member.notify_expiring(Duration::from_secs(30));
    ///     }
    ///
    ///     #[info]
    ///     fn expiring(&mut self, soon: MemberExpiring<Self>) {
    ///         soon.member().send(format!("send a new token within {} s", soon.left().as_secs()));
    ///     }
    ///
    ///     #[incoming]
    ///     fn token(&mut self, member: &Member<Self>, token: &str) {
    ///         if token == "valid" {
    ///             member.renew(Duration::from_secs(900));
    ///         }
    ///     }
    /// }
    /// ```
    pub fn notify_expiring(&self, before: Duration)
    where
        MemberExpiring<S>: ServiceInfo<S>,
    {
        self.connection().change_lease(notice::<S>(before));
    }

    /// Subscribes this member to `topic` until its connection closes. Returns `false` if it was already subscribed. The
    /// limits of [`Context::subscribe`](crate::Context::subscribe) apply. See [`Hub`](crate::Hub).
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
    ///     fn message(&mut self, member: &Member<Self>, words: Text) {
    ///         self.hub.publish_except(member, member.kept(), words);
    ///     }
    /// }
    /// ```
    pub fn subscribe(&self, topic: &str) -> bool {
        self.inner.app.topics().subscribe(self.connection(), topic)
    }

    /// Subscribes this member to `topic` and replays the messages after `position`; see
    /// [`Context::subscribe_from`](crate::Context::subscribe_from).
    ///
    /// # Errors
    /// As [`Context::subscribe_from`](crate::Context::subscribe_from).
    pub fn subscribe_from(
        &self,
        topic: &str,
        position: impl Into<Option<Position>>,
    ) -> Result<Recovery, TopicError> {
        self.inner.app.topics().subscribe_from(self.connection(), topic, position.into())
    }

    /// Unsubscribes this member from `topic`. Messages that are already queued are still delivered. Returns `false` if
    /// it was not subscribed.
    pub fn unsubscribe(&self, topic: &str) -> bool {
        self.inner.app.topics().unsubscribe(self.connection(), topic)
    }

    /// Marks the identity `id` as present at `topic` until this member's connection ends or
    /// [`untrack`](Self::untrack) is called. Returns how many connections the identity has there now. See
    /// [`Context::track`](crate::Context::track); [`Hub::present`](crate::Hub::present) lists the identities.
    ///
    /// # Errors
    /// As [`Context::track`](crate::Context::track).
    pub fn track(
        &self,
        topic: &str,
        id: &str,
        meta: &(impl Serialize + ?Sized),
    ) -> Result<usize, TopicError> {
        self.inner.app.topics().track(self.connection(), topic, id, &serde_json::to_string(meta)?)
    }

    /// Ends the presence of `id` at `topic` by this member. Returns `false` if it was not tracked.
    pub fn untrack(&self, topic: &str, id: &str) -> bool {
        self.inner.app.topics().untrack(self.connection(), topic, id)
    }

    /// Leaves `topic`: unsubscribes, and ends the presence of every identity that this member tracks there. Returns what
    /// it was there. See [`Context::leave`](crate::Context::leave).
    pub fn leave(&self, topic: &str) -> LeftTopic {
        self.inner.app.topics().leave(self.connection(), topic)
    }

    /// Returns `true` until the connection closes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.connection().is_open()
    }

    /// Returns the id of the connection.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.connection().id
    }

    /// Returns the path that the client requested.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.connection().request.path
    }

    /// Returns the parameters of the path.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.connection().request.params
    }

    /// Returns the client's address; see [`Context::peer_addr`](crate::Context::peer_addr).
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.connection().request.peer_addr
    }

    /// Returns the subprotocol that was negotiated: the route's first that the client offers, or the client's first if
    /// the route declares none.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.connection().request.subprotocol()
    }

    /// Returns `"http"` or `"https"`; see [`Upgrade::scheme`](crate::Upgrade::scheme).
    #[must_use]
    pub fn scheme(&self) -> Option<&'static str> {
        self.connection().request.scheme()
    }

    /// Returns the version of HTTP; see [`Upgrade::http_version`](crate::Upgrade::http_version).
    #[must_use]
    pub fn http_version(&self) -> http::Version {
        self.connection().request.http_version
    }

    /// Returns the certificate that the client presented, if the server [asked for one](crate::tls::Config).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(&self) -> Option<&crate::tls::ClientCertificate> {
        self.connection().request.certificate()
    }

    /// Returns the protocol version that the client uses: 13 for RFC 6455, or 8 or 7 for its drafts.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.connection().request.version
    }

    /// Returns `true` if permessage-deflate (RFC 7692) was negotiated.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.connection().request.is_compressed()
    }

    /// Returns the id of the browser's session, if the app has [pages](crate::App::pages) and the browser a session.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn session_id(&self) -> Option<crate::SessionId> {
        self.connection().request.session()
    }

    /// Returns the time of the handshake, to the millisecond.
    #[must_use]
    pub fn opened_at(&self) -> SystemTime {
        self.connection().request.time()
    }

    /// Returns the value that `#[join]` returned.
    ///
    /// # Panics
    /// Panics within `#[join]` itself, which has not returned yet.
    #[must_use]
    pub fn kept(&self) -> &S::Kept {
        match self.connection().kept() {
            Some(kept) => kept,
            None => panic!("a member has no kept value until its `#[join]` has returned"),
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
        Self { inner: self.inner.clone(), service: PhantomData }
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
        write!(f, "Member<{}>({} at {})", type_name::<S>(), self.id(), self.path())
    }
}
