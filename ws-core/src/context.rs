//! What a callback may ask of its own connection.

use std::any::{Any, type_name};
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinSet;

use crate::clock::after;
use crate::close::{Close, CloseCode, Reason};
use crate::handle::AppHandle;
use crate::handler::{Handler, InfoFor};
use crate::hub::presence::{PresenceEvent, Present};
use crate::into_message::IntoMessage;
use crate::panics;
use crate::request::{Params, Request};
use crate::shared::desk::Command;
use crate::shared::mailbox::{ConnectionId, Delivery, Info, Mail, Mailbox};
use crate::socket::Socket;
use crate::timer::{TIMERS, Timer, Timers};

/// How much spawned work may be under way at a time.
const SPAWNED: usize = 4096;
/// How long a pause lasts unless told otherwise (C8).
const PAUSE: Duration = Duration::from_secs(60);

/// The connection as its own callbacks see it.
///
/// Commands take effect in order and at once, also while the callback that gave them still waits for something.
pub struct Context<H> {
    inner: Inner,
    handler: PhantomData<fn() -> H>,
}

/// What a context holds, whatever the handler: all that is done with it is compiled once.
pub(crate) struct Inner {
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) request: Box<Request>,
    pub(crate) timers: Timers,
    spawned: Option<JoinSet<()>>,
    /// The callback that runs, for reports.
    pub(crate) callback: &'static str,
    /// A command was given since the connection last looked.
    pub(crate) commanded: bool,
}

impl<H: Handler> Context<H> {
    pub(crate) const fn new(inner: Inner) -> Self {
        Self { inner, handler: PhantomData }
    }

    pub(crate) const fn inner(&mut self) -> &mut Inner {
        &mut self.inner
    }

    /// The connection's number.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.inner.mailbox.id
    }

    /// The client's address, where the server knows it (in an axum app:
    /// `into_make_service_with_connect_info::<SocketAddr>()`).
    ///
    /// Behind a [trusted proxy](crate::App::trusted_proxies) it is the one that the proxy names, with port 0 where it
    /// names none, or the proxy's own if it names nobody.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.inner.request.peer_addr
    }

    /// The path that the client asked for.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.inner.request.path
    }

    /// The parameters of the path.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.inner.request.params
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.inner.request.subprotocol.as_deref()
    }

    /// The protocol version that the client speaks: 13, that of RFC 6455, or 8 or 7, those of its drafts (C9).
    #[must_use]
    pub fn version(&self) -> u8 {
        self.inner.request.version
    }

    /// Whether the client understands compressed messages: permessage-deflate was agreed on (C10).
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.inner.request.compressed
    }

    /// The connection's handle, for other tasks and threads.
    #[must_use]
    pub fn socket(&self) -> Socket<H> {
        Socket::new(self.inner.mailbox.clone())
    }

    /// The app.
    #[must_use]
    pub fn app(&self) -> AppHandle {
        AppHandle(self.inner.mailbox.shared.clone())
    }

    /// The app's state of type `T`.
    ///
    /// # Panics
    /// If the app was given none; [`AppHandle::state`] asks. What `#[init]` takes as `State<T>` is sure to be there.
    #[must_use]
    pub fn state<T: Any + Send + Sync>(&self) -> &T {
        match self.inner.mailbox.shared.setup().states.get() {
            Some(state) => state,
            None => panic!("the app has no state of type `{0}`: give it with `App::state`", type_name::<T>()),
        }
    }

    /// Sends a message, before whatever the callback returns. It goes out while the callback still waits. For a
    /// [`Json`](crate::Json) the answer is a `Result`, whose error is that the value has no JSON.
    ///
    /// At most 65,536 messages or 16 MiB may wait at a time; past that the connection closes with 1013.
    pub fn send<M: IntoMessage>(&mut self, message: M) -> M::Answer<Delivery> {
        message.send_with(|message| self.inner.command(Command::Send(message)))
    }

    /// Closes the connection; what was sent before goes first, the callback that still waits is dropped.
    pub fn close(&mut self, code: CloseCode, reason: impl Into<Reason>) -> Delivery {
        self.send(Close::new(code, reason))
    }

    /// Says something to this handler after `delay` (Z5).
    ///
    /// At most 65,536 timers may wait at a time; past that the connection closes with 1013.
    pub fn send_after(&mut self, delay: Duration, info: impl InfoFor<H>) -> Timer {
        self.inner.send_after(delay, Box::new(info.into_info()))
    }

    /// Hears from now on what is published to `topic`; whether it did not before. It ends with the connection.
    ///
    /// A connection may subscribe to 4,096 topics, whose names have 256 bytes at most; past either bound it closes with
    /// 1013. See [`Hub`](crate::Hub).
    pub fn subscribe(&mut self, topic: &str) -> bool {
        self.inner.mailbox.subscribe(topic)
    }

    /// Hears no more what is published to `topic` from now on; whether it did before. What waits already still comes.
    pub fn unsubscribe(&mut self, topic: &str) -> bool {
        self.inner.mailbox.unsubscribe(topic)
    }

    /// Says that `id` is present at `topic`, for as long as this connection lives or until
    /// [`untrack`](Self::untrack); how many connections it has there now. Several connections of one identity are one
    /// presence: it joins with the first, leaves with the last, and `meta` is what the first one said. `&()` for nothing.
    ///
    /// Bounds are those of [`subscribe`](Self::subscribe), for the identity too, and 16 KiB of JSON for `meta`; past
    /// them the answer is 0.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/rooms")]
    /// #[derive(Default)]
    /// struct Room;
    ///
    /// #[websocket]
    /// impl Room {
    ///     #[text]
    ///     fn named(&mut self, name: &str, cx: &mut Context<Self>) -> Result<String, serde_json::Error> {
    ///         cx.track("lobby", name, &"cheerful")?;
    ///         let names: Vec<_> = cx.watch("lobby").iter().map(|who| who.id().to_owned()).collect();
    ///         Ok(format!("here: {}", names.join(", ")))
    ///     }
    ///
    ///     #[info]
    ///     fn changed(&mut self, event: PresenceEvent) -> String {
    ///         match event {
    ///             PresenceEvent::Joined(who) => format!("{} joined", who.id()),
    ///             PresenceEvent::Left(who) => format!("{} left", who.id()),
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// That `meta` has no JSON; nobody is tracked then.
    pub fn track(
        &mut self,
        topic: &str,
        id: &str,
        meta: &impl serde::Serialize,
    ) -> Result<usize, serde_json::Error> {
        self.inner.mailbox.track(topic, id, &serde_json::to_string(meta)?)
    }

    /// Takes back what [`track`](Self::track) said; whether it was so.
    pub fn untrack(&mut self, topic: &str, id: &str) -> bool {
        self.inner.mailbox.untrack(topic, id)
    }

    /// Who is present at `topic`; each change from then on comes as an info, a [`PresenceEvent`], none missing and none
    /// twice as long as the mailbox has room. Bounds are those of [`subscribe`](Self::subscribe), past which nobody is
    /// there. Asked again it answers as of then, and changes before that which wait already still come.
    pub fn watch(&mut self, topic: &str) -> Vec<Present>
    where
        PresenceEvent: InfoFor<H>,
    {
        self.inner.mailbox.watch(topic, |event| Box::new(event.into_info()))
    }

    /// Hears no more of who comes and goes at `topic`; whether it did before. What waits already still comes.
    pub fn unwatch(&mut self, topic: &str) -> bool {
        self.inner.mailbox.unwatch(topic)
    }

    /// Cancels a timer; whether it was still to come.
    pub fn cancel(&mut self, timer: Timer) -> bool {
        self.inner.timers.cancel(timer)
    }

    /// Does `work` beside the connection; what it returns comes back as an info. It is cancelled with the
    /// connection, and if it panics the connection ends as if a callback had.
    ///
    /// At most 4,096 pieces of work may be under way at a time; past that the connection closes with 1013.
    pub fn spawn<F, M>(&mut self, work: F)
    where
        F: Future<Output = M> + Send + 'static,
        M: InfoFor<H>,
    {
        self.inner.spawn(async move { Box::new(work.await.into_info()) as Info });
    }

    /// Reads nothing more from the client, for 60 s at most; see [`pause_for`](Self::pause_for).
    pub fn pause(&mut self) {
        self.pause_for(PAUSE);
    }

    /// Reads nothing more from the client for so long, or until [`resume`](Self::resume): TCP holds it back. Its
    /// pings wait too, and idle timeout and heartbeat are suspended (C8).
    pub fn pause_for(&mut self, at_most: Duration) {
        self.inner.command(Command::Pause(at_most));
    }

    /// Ends a pause.
    pub fn resume(&mut self) {
        self.inner.command(Command::Resume);
    }

    /// Closes the connection (1001) after so long without a byte from the client; `None`: never (C8, C11).
    pub fn set_idle_timeout(&mut self, after: impl Into<Option<Duration>>) {
        self.inner.command(Command::IdleTimeout(after.into()));
    }

    /// The largest message that the client may send, in bytes, from the next one on (C8).
    pub fn set_max_message_size(&mut self, bytes: usize) {
        self.inner.command(Command::MaxMessageSize(bytes));
    }

    /// Whether messages are compressed from the next one on (C8): `true` at first, and without effect where
    /// compression was not [agreed on](Self::is_compressed). What the client sends is inflated either way.
    pub fn set_compression(&mut self, on: bool) {
        self.inner.command(Command::Compression(on));
    }
}

impl Inner {
    pub(crate) fn new(mailbox: Arc<Mailbox>, request: Box<Request>) -> Self {
        Self {
            mailbox,
            request,
            timers: Timers::default(),
            spawned: None,
            callback: "init",
            commanded: false,
        }
    }

    fn command(&mut self, command: Command) -> Delivery {
        self.commanded = true;
        self.mailbox.desk.push(command)
    }

    fn overflow(&mut self) {
        self.mailbox.desk.overflow();
        self.commanded = true;
    }

    fn send_after(&mut self, delay: Duration, info: Info) -> Timer {
        if self.timers.len() >= TIMERS {
            self.overflow();
            return Timer::none();
        }
        self.timers.set(after(delay), info)
    }

    fn spawn(&mut self, work: impl Future<Output = Info> + Send + 'static) {
        let mailbox = self.mailbox.clone();
        let callback = self.callback;
        let spawned = self.spawned.get_or_insert_default();
        // What has ended is let go of as more comes.
        while spawned.try_join_next().is_some() {}
        if spawned.len() >= SPAWNED {
            return self.overflow();
        }
        spawned.spawn(async move {
            match AssertUnwindSafe(work).catch_unwind().await {
                Ok(info) => {
                    mailbox.push(Mail::Info(info));
                }
                Err(payload) => {
                    let panic = panics::caught(callback, payload);
                    if let Err(panic) = mailbox.panicked(panic) {
                        tracing::error!(connection = %mailbox.id, "spawned work panicked as its connection ended: {panic}");
                    }
                }
            }
        });
    }
}

impl<H: Handler> fmt::Debug for Context<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("handler", &type_name::<H>())
            .field("id", &self.id())
            .field("request", &self.inner.request)
            .finish_non_exhaustive()
    }
}
