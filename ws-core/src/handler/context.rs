//! The context of a callback.

use std::any::{Any, type_name};
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use futures_util::{Stream, StreamExt};
use serde::Serialize;

use super::app_handle::AppHandle;
use super::handler::Handler;
use super::info_for::InfoFor;
use super::socket::Socket;
use super::spawn_result::SpawnResult;
use crate::connection::{
    Command, ConnectionId, Delivery, Expiring, Info, IntoExpiry, Local, Notice, Params, Task, Timer,
};
use crate::hub::{IntoInfo, LeftTopic, Position, PresenceDiff, PresenceEvent, Present, Recovery, TopicError};
use crate::message::{Close, CloseCode, IntoMessage, Message, Reason};
use crate::shared::rate_limit::RateLimit;

/// The default duration of a pause.
const PAUSE: Duration = Duration::from_secs(60);

/// The connection, as its own callbacks see it.
///
/// Commands take effect at once and in order, even while the callback that gave them is still pending.
pub struct Context<H /* the handler: write `Context<Self>` in its impl */> {
    pub(crate) local: Local,
    pub(super) app: AppHandle,
    handler: PhantomData<fn() -> H>,
}

impl<H: Handler> Context<H> {
    pub(crate) const fn new(local: Local, app: AppHandle) -> Self {
        Self { local, app, handler: PhantomData }
    }

    pub(crate) const fn local(&mut self) -> &mut Local {
        &mut self.local
    }

    /// Returns the id of the connection.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.local.connection.id
    }

    /// Returns the client's address, if the server knows it. In an axum app, serve the router with
    /// `into_make_service_with_connect_info::<SocketAddr>()`.
    ///
    /// Behind a [trusted proxy](crate::App::trusted_proxies) it is the address that the proxy names, with port 0 if it
    /// names none, or the proxy's own address if it names no client.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.local.connection.request.peer_addr
    }

    /// Returns the path that the client requested.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.local.connection.request.path
    }

    /// Returns the parameters of the path.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.local.connection.request.params
    }

    /// Returns the subprotocol that was negotiated.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.local.connection.request.subprotocol()
    }

    /// Returns `"http"` or `"https"`; see [`Upgrade::scheme`](crate::Upgrade::scheme).
    #[must_use]
    pub fn scheme(&self) -> Option<&'static str> {
        self.local.connection.request.scheme()
    }

    /// Returns the version of HTTP; see [`Upgrade::http_version`](crate::Upgrade::http_version).
    #[must_use]
    pub fn http_version(&self) -> http::Version {
        self.local.connection.request.http_version
    }

    /// Returns the id of the browser's session, if the app has [pages](crate::App::pages) and the browser a session.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn session_id(&self) -> Option<crate::SessionId> {
        self.local.connection.request.session()
    }

    /// Returns the certificate that the client presented, if the server [asked for one](crate::tls::Config).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(&self) -> Option<&crate::tls::ClientCertificate> {
        self.local.connection.request.certificate()
    }

    /// Returns the time of the handshake, to the millisecond.
    #[must_use]
    pub fn opened_at(&self) -> SystemTime {
        self.local.connection.request.time()
    }

    /// Returns the value that `#[init]` kept with [`Upgrade::keep`](crate::Upgrade::keep), if it is of type `T`.
    #[must_use]
    pub fn kept<T: Any>(&self) -> Option<&T> {
        self.local.connection.kept()
    }

    /// Returns the protocol version that the client uses: 13 for RFC 6455, or 8 or 7 for its drafts.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.local.connection.request.version
    }

    /// Returns `true` if permessage-deflate (RFC 7692) was negotiated.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.local.connection.request.is_compressed()
    }

    /// Returns a handle to the connection, for other tasks and threads.
    #[must_use]
    pub fn socket(&self) -> Socket<H> {
        Socket::new(self.local.connection.clone())
    }

    /// Returns a handle to the app.
    #[must_use]
    pub fn app(&self) -> AppHandle {
        self.app.clone()
    }

    /// Returns the app's state of type `T`.
    ///
    /// # Panics
    /// The app has no such state. A state that `#[init]` takes as `State<T>` always exists; use
    /// [`AppHandle::state`] for one that may not.
    #[must_use]
    pub fn state<T: Any + Send + Sync>(&self) -> &T {
        match self.local.connection.shared.setup().states.get() {
            Some(state) => state,
            None => panic!("the app has no state of type `{0}`: add it with `App::state`", type_name::<T>()),
        }
    }

    /// Sends a message, before the messages that the callback returns. It goes out while the callback is still
    /// pending.
    ///
    /// At most 16 MiB may be queued; each message counts with about 50 bytes of its own. If there is more, the connection
    /// closes with code 1013.
    pub fn send(&mut self, message: impl IntoMessage) -> Delivery {
        self.local.command(Command::Send(message.into_message()))
    }

    /// Sends `value` as JSON, in a text message. Otherwise like [`send`](Self::send).
    ///
    /// ```
    /// # use ws_core::prelude::*;
    /// # #[websocket("/prices")]
    /// # #[derive(Default)]
    /// # struct Prices;
    /// # #[websocket]
    /// # impl Prices {
    /// #[open]
    /// fn open(&mut self, cx: &mut Context<Self>) -> Result<(), serde_json::Error> {
    ///     cx.send("prices follow");
    ///     // Any `Serialize`: here, a symbol and its price.
    ///     cx.send_json(&("ACME", 4200))?;
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// The value cannot be serialized. Nothing is sent.
    pub fn send_json(&mut self, value: &(impl Serialize + ?Sized)) -> Result<Delivery, serde_json::Error> {
        Ok(self.send(Message::json(value)?))
    }

    /// Closes the connection. Messages that were sent before go out first. The callback is finished, within the close
    /// timeout, and nothing that it sends later goes out; see [`Handler`](crate::Handler#cancel-safety).
    pub fn close(&mut self, code: CloseCode, reason: impl Into<Reason>) -> Delivery {
        self.send(Close::new(code, reason))
    }

    /// Delivers `info` to this handler's `#[info]` callback after `delay`.
    ///
    /// At most 65,536 timers may be pending. If there are more, the connection closes with code 1013.
    pub fn notify_after(&mut self, delay: Duration, info: impl InfoFor<H>) -> Timer {
        self.local.notify_after(delay, Box::new(info.into_info()))
    }

    /// Closes the connection at this time instead of the one before, because its client has sent new credentials; see
    /// [`Upgrade::expires_at`](crate::Upgrade::expires_at). [`Expiry::NEVER`](crate::Expiry::NEVER) lets it live on.
    pub fn renew(&mut self, time: impl IntoExpiry) {
        self.local.connection.change_lease(time.into_expiry());
    }

    /// Notifies this handler `before` the connection expires; see
    /// [`Upgrade::notify_expiring`](crate::Upgrade::notify_expiring).
    pub fn notify_expiring(&mut self, before: Duration)
    where
        Expiring: InfoFor<H>,
    {
        let info: fn(Expiring) -> Info = |expiring| Box::new(expiring.into_info());
        self.local.connection.change_lease(Notice { before, info });
    }

    /// Sets the code and reason of the close frame that the client receives when the connection expires; see
    /// [`Upgrade::close_expired_with`](crate::Upgrade::close_expired_with).
    pub fn close_expired_with(&mut self, code: CloseCode, reason: impl Into<Reason>) {
        self.local.connection.change_lease(Close::new(code, reason));
    }

    /// Subscribes this connection to `topic` until it closes. Returns `false` if it was already subscribed, is closing,
    /// or exceeds one of the limits below. See [`Hub`](crate::Hub).
    ///
    /// A connection may join 4,096 topics, counting those it is subscribed to, tracks an identity at, and watches. A
    /// topic's name has at most 256 bytes. Beyond either limit the connection closes with code 1013.
    pub fn subscribe(&mut self, topic: &str) -> bool {
        self.app.topics().subscribe(&self.local.connection, topic)
    }

    #[doc = include_str!("docs/subscribe_from.md")]
    pub fn subscribe_from(
        &mut self,
        topic: &str,
        position: impl Into<Option<Position>>,
    ) -> Result<Recovery, TopicError> {
        self.app.topics().subscribe_from(&self.local.connection, topic, position.into())
    }

    /// Unsubscribes from `topic`. Messages that are already queued are still delivered. Returns `false` if the
    /// connection was not subscribed.
    pub fn unsubscribe(&mut self, topic: &str) -> bool {
        self.app.topics().unsubscribe(&self.local.connection, topic)
    }

    /// Marks the identity `id` as present at `topic` until this connection ends or calls [`untrack`](Self::untrack).
    /// Returns how many connections the identity has there now.
    ///
    /// Several connections of one identity are one presence: it joins with the first connection, leaves with the last,
    /// and has the `meta` value of the first. Pass `&()` if there is nothing to add.
    ///
    /// ```
    /// use ws_core::TopicError;
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/rooms")]
    /// #[derive(Default)]
    /// struct Room;
    ///
    /// #[websocket]
    /// impl Room {
    ///     #[text]
    ///     fn enter(&mut self, name: &str, cx: &mut Context<Self>) -> Result<String, TopicError> {
    ///         cx.track("lobby", name, &"cheerful")?;
    ///         let names: Vec<_> = cx.watch("lobby")?.iter().map(|present| present.id().to_owned()).collect();
    ///         Ok(format!("here: {}", names.join(", ")))
    ///     }
    ///
    ///     #[info]
    ///     fn changed(&mut self, event: PresenceEvent) -> String {
    ///         match event {
    ///             PresenceEvent::Joined(present) => format!("{} joined", present.id()),
    ///             PresenceEvent::Left(present) => format!("{} left", present.id()),
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// `meta` cannot be serialized; the limits of [`subscribe`](Self::subscribe) are exceeded, which apply to the
    /// identity too, or `meta` has more than 16 KiB of JSON; or the connection has ended.
    pub fn track(
        &mut self,
        topic: &str,
        id: &str,
        meta: &(impl Serialize + ?Sized),
    ) -> Result<usize, TopicError> {
        self.app.topics().track(&self.local.connection, topic, id, &serde_json::to_string(meta)?)
    }

    /// Ends the presence of `id` at `topic` by this connection. Returns `false` if it was not tracked.
    pub fn untrack(&mut self, topic: &str, id: &str) -> bool {
        self.app.topics().untrack(&self.local.connection, topic, id)
    }

    /// Returns the identities that are present at `topic`, and delivers each later change as an info, a
    /// [`PresenceEvent`]. No change is lost or doubled, and none counts in the mailbox.
    ///
    /// While changes wait for a callback or a slow client, those of one identity are merged: it does not appear at all
    /// if it came and left, or left and came back with the same `meta` value. So you receive at most one leave and one
    /// join of each identity at a time. [`watch_diffs`](Self::watch_diffs) delivers all that wait together.
    ///
    /// If the connection watches the topic already, this returns the identities that are present now; changes that are
    /// queued are still delivered.
    ///
    /// # Errors
    /// The limits of [`subscribe`](Self::subscribe) are exceeded, or the connection has ended.
    pub fn watch(&mut self, topic: &str) -> Result<Vec<Present>, TopicError>
    where
        PresenceEvent: InfoFor<H>,
    {
        let into_info = IntoInfo::Events(|event| Box::new(event.into_info()));
        self.app.topics().watch(&self.local.connection, topic, into_info)
    }

    /// Like [`watch`](Self::watch), but delivers all changes that wait as one info, a [`PresenceDiff`].
    ///
    /// A connection watches a topic in one of the two ways: the first call decides, until [`unwatch`](Self::unwatch).
    ///
    /// # Errors
    /// As [`watch`](Self::watch).
    pub fn watch_diffs(&mut self, topic: &str) -> Result<Vec<Present>, TopicError>
    where
        PresenceDiff: InfoFor<H>,
    {
        let into_info = IntoInfo::Diffs(|diff| Box::new(diff.into_info()));
        self.app.topics().watch(&self.local.connection, topic, into_info)
    }

    /// Stops watching `topic`. Changes that wait are dropped. Returns `false` if the connection did not watch it.
    pub fn unwatch(&mut self, topic: &str) -> bool {
        self.app.topics().unwatch(&self.local.connection, topic)
    }

    /// Leaves `topic`: [unsubscribes](Self::unsubscribe), [stops watching](Self::unwatch), and [ends the
    /// presence](Self::untrack) of every identity that this connection tracks there. Returns what it was there. The
    /// connection does not receive the departure of its own identities.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/rooms")]
    /// #[derive(Default)]
    /// struct Rooms;
    ///
    /// #[websocket]
    /// impl Rooms {
    ///     #[text]
    ///     fn leave(&mut self, room: &str, cx: &mut Context<Self>) -> String {
    ///         let left = cx.leave(room);
    ///         if left.was_there() { format!("left {room}") } else { format!("you were not in {room}") }
    ///     }
    /// }
    /// ```
    pub fn leave(&mut self, topic: &str) -> LeftTopic {
        self.app.topics().leave(&self.local.connection, topic)
    }

    /// Cancels a timer. Returns `false` if its info was already delivered, or the timer already cancelled.
    pub fn cancel(&mut self, timer: Timer) -> bool {
        self.local.timers().is_some_and(|timers| timers.cancel(timer))
    }

    /// Runs `work` in a task of its own, and delivers its result to the `#[info]` callback. The task is cancelled when
    /// the connection ends. If it panics, the connection ends as if a callback had panicked.
    ///
    /// The result waits for the callbacks before it. It does not count in the mailbox, whose overflow never drops it. At
    /// most 4,096 tasks may be under way, counting those that have ended and whose results wait. If there are more, the
    /// connection closes with code 1013.
    ///
    /// Work that returns `()` has no result to deliver.
    pub fn spawn<F, K>(&mut self, work: F) -> Task
    where
        F: Future<Output: SpawnResult<H, K>> + Send + 'static,
    {
        self.local.spawn(async move { work.await.result() })
    }

    /// Polls `stream` in a task of its own, and delivers its items to the `#[info]` callback, one at a time: the stream
    /// is polled for the next item when the callback of the last one has returned and its reply is queued. So a stream
    /// is never faster than the client reads.
    ///
    /// The rules of [`spawn`](Self::spawn) apply. The stream counts as one task, and at most one item waits.
    ///
    /// ```
    /// use futures_util::stream;
    /// use ws_core::prelude::*;
    ///
    /// struct Row(u32);
    ///
    /// #[websocket("/rows")]
    /// #[derive(Default)]
    /// struct Rows;
    ///
    /// #[websocket]
    /// impl Rows {
    ///     #[text]
    ///     fn query(&mut self, _: &str, cx: &mut Context<Self>) {
    ///         // A stream of a database's rows, for example.
    ///         cx.spawn_stream(stream::iter((0..1_000_000).map(Row)));
    ///     }
    ///
    ///     #[info]
    ///     fn row(&mut self, Row(number): Row) -> String {
    ///         format!("row {number}")
    ///     }
    /// }
    /// ```
    pub fn spawn_stream<S>(&mut self, stream: S) -> Task
    where
        S: Stream<Item: InfoFor<H>> + Send + 'static,
    {
        self.local.spawn_stream(stream.map(|item| Box::new(item.into_info()) as Info))
    }

    /// Stops reading from the client for up to 60 s; see [`pause_for`](Self::pause_for).
    pub fn pause(&mut self) {
        self.pause_for(PAUSE);
    }

    /// Stops reading from the client for `at_most`, or until [`resume`](Self::resume): TCP holds the client back.
    /// Pings of the client wait too. The idle timeout and the heartbeat are suspended meanwhile.
    pub fn pause_for(&mut self, at_most: Duration) {
        self.local.command(Command::Pause(at_most));
    }

    /// Ends a pause.
    pub fn resume(&mut self) {
        self.local.command(Command::Resume);
    }

    /// Sets how long the client may send nothing before the connection closes with code 1001. `None` turns the timeout
    /// off. The server pings at least twice in this time, unless its pings are turned off.
    pub fn set_idle_timeout(&mut self, after: impl Into<Option<Duration>>) {
        self.local.command(Command::IdleTimeout(after.into()));
    }

    /// Sets the largest message that the client may send, in bytes, from the next message on.
    pub fn set_max_message_size(&mut self, bytes: usize) {
        self.local.command(Command::MaxMessageSize(bytes));
    }

    /// Sets how much the client may send per second, in place of the route's or the app's
    /// [`RateLimit`](crate::RateLimit), from the next message on. `None` turns the limit off. Out-of-range values are
    /// clamped. The burst is available at once.
    pub fn set_rate_limit(&mut self, rate: impl Into<Option<RateLimit>>) {
        self.local.command(Command::RateLimit(rate.into().map(Box::new)));
    }

    /// Sets whether messages are compressed, from the next message on. It is on at first, and has no effect unless
    /// compression was [negotiated](Self::is_compressed). Messages of the client are inflated either way.
    pub fn set_compression(&mut self, on: bool) {
        self.local.command(Command::Compression(on));
    }
}

impl<H: Handler> fmt::Debug for Context<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("handler", &type_name::<H>())
            .field("id", &self.id())
            .field("request", &self.local.connection.request)
            .finish_non_exhaustive()
    }
}
