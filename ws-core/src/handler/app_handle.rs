//! A handle to an app, for the rest of the program.

use std::any::{Any, TypeId, type_name};
use std::sync::Arc;
#[cfg(feature = "pages")]
use std::sync::OnceLock;
use std::time::Duration;
use std::{fmt, iter};

use tokio::time::Instant;

use super::broadcast::{BroadcastFor, BroadcastTarget};
use super::handler::Handler;
use super::info_for::InfoFor;
use super::socket::Socket;
use super::url_params::UrlParams;
use crate::connection::{Connection, ConnectionId, Registry};
use crate::error::UrlError;
#[cfg(feature = "pages")]
use crate::handshake::session::SessionId;
use crate::hub::{DeliveryCounts, Hub, Topics};
#[cfg(feature = "pages")]
use crate::page::{PageGroup, PageId, PageRegistry, PageSession};
use crate::shared::Shared;
use crate::shared::background;
use crate::shared::clock::later;
use crate::shared::drain::{Drained, GRACE_PERIOD};
use crate::shared::panics::drop_each;
use crate::shared::services::Services;
use crate::shared::stats::Stats;

/// A handle to an app. It is cheap to clone, and usable from any task or thread.
///
/// [`App::handle`](crate::App::handle) returns it before the start, and [`Context::app`](crate::Context::app) in a
/// callback.
#[derive(Clone)]
pub struct AppHandle(Arc<AppInner>);

/// Everything that the handles of an app share.
#[derive(Default)]
pub(crate) struct AppInner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) topics: Arc<Topics>,
    pub(crate) connections: Registry,
    pub(crate) services: Services,
    /// The page sessions, if the app has them.
    #[cfg(feature = "pages")]
    pub(crate) pages: OnceLock<Arc<PageRegistry>>,
    /// Set when the app starts, if it speaks TLS.
    #[cfg(feature = "tls")]
    pub(crate) tls: std::sync::OnceLock<Arc<crate::tls::Acceptor>>,
}

impl AppInner {
    /// Ends a connection for the app: it receives nothing more, and leaves its topics.
    pub(crate) fn end(&self, connection: &Connection) {
        let rest = connection.mailbox.shut();
        #[cfg(feature = "pages")]
        if let Some(pages) = self.pages.get() {
            pages.detach(connection);
        }
        self.topics.leave_all(connection);
        drop_each(rest);
    }
}

impl AppHandle {
    pub(crate) const fn new(app: Arc<AppInner>) -> Self {
        Self(app)
    }

    pub(crate) const fn inner(&self) -> &Arc<AppInner> {
        &self.0
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    pub(crate) fn topics(&self) -> &Topics {
        &self.0.topics
    }

    /// Returns the open connections of handler `H`, in no particular order.
    #[must_use]
    pub fn sockets<H: Handler>(&self) -> Vec<Socket<H>> {
        self.0.connections.of(TypeId::of::<H>()).all().into_iter().map(Socket::new).collect()
    }

    /// Returns the open connection of handler `H` with this id, for example one of
    /// [`Hub::subscribers`](crate::Hub::subscribers).
    ///
    /// ```
    /// # use ws_core::prelude::*;
    /// # use ws_core::{ConnectionId, Handler};
    /// /// Closes the connection of `H` that an earlier log line named.
    /// fn kick<H: Handler>(app: &AppHandle, id: ConnectionId) {
    ///     if let Some(socket) = app.socket::<H>(id) {
    ///         socket.close(CloseCode::POLICY, "enough");
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn socket<H: Handler>(&self, id: ConnectionId) -> Option<Socket<H>> {
        self.0.connections.of(TypeId::of::<H>()).find(id).map(Socket::new)
    }

    /// Returns the hub, which publishes messages to the subscribers of a topic.
    #[must_use]
    pub fn hub(&self) -> Hub {
        Hub::new(self.0.topics.clone(), self.0.shared.clone())
    }

    /// Delivers `message` to every open connection of handler `T`, or to service `T`: the `#[broadcast]` callback for
    /// this type is called. The value is shared, not cloned. Nothing waits, as with [`Socket::info`].
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/news")]
    /// #[derive(Default)]
    /// struct Reader;
    ///
    /// struct News(String);
    ///
    /// #[websocket]
    /// impl Reader {
    ///     #[broadcast]
    ///     fn news(&mut self, news: &News) -> String {
    ///         format!("news: {}", news.0)
    ///     }
    /// }
    ///
    /// fn announce(app: &AppHandle) {
    ///     let counts = app.broadcast::<Reader>(News("it works".into()));
    ///     println!("queued for {}", counts.queued);
    /// }
    /// ```
    pub fn broadcast<T>(&self, message: impl BroadcastFor<T>) -> DeliveryCounts {
        fn send<T, M: BroadcastFor<T>>(app: &AppHandle, message: &Arc<M>) -> DeliveryCounts {
            M::Target::send(app, || message.clone().into_broadcast())
        }
        self.0.shared.stats.published();
        send(self, &Arc::new(message))
    }

    /// Delivers an info to every open connection of handler `H`. `info` makes one for each. Use it to implement
    /// [`BroadcastTarget`] by hand.
    pub fn info_each<H: Handler, I: InfoFor<H>>(&self, mut info: impl FnMut() -> I) -> DeliveryCounts {
        self.sockets::<H>().iter().map(|socket| socket.info(info())).collect()
    }

    /// Returns the open connections of handler `H` that are subscribed to `topic`, the oldest first.
    ///
    /// ```
    /// # use ws_core::prelude::*;
    /// # use ws_core::Handler;
    /// /// Closes the connections of `H` that are in the room.
    /// fn clear<H: Handler>(app: &AppHandle, room: &str) {
    ///     for socket in app.subscribers::<H>(room) {
    ///         socket.close(CloseCode::NORMAL, "closing time");
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn subscribers<H: Handler>(&self, topic: &str) -> Vec<Socket<H>> {
        let ids = self.0.topics.subscribers(topic);
        self.0.connections.of(TypeId::of::<H>()).these(&ids).into_iter().map(Socket::new).collect()
    }

    /// Delivers `info` to every open connection of handler `H` that is subscribed to `topic`: its `#[info]` callback for
    /// this type is called. Connections of other handlers receive nothing. Nothing waits, as with [`Socket::info`].
    ///
    /// [`Hub::publish`] sends a message to the clients instead, and [`broadcast`](Self::broadcast) reaches every
    /// connection of a handler.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/tables/{table}")]
    /// struct Player {
    ///     chips: u32,
    /// }
    ///
    /// /// A round was won.
    /// #[derive(Clone)]
    /// struct Won(u32);
    ///
    /// #[websocket]
    /// impl Player {
    ///     #[init]
    ///     fn sit_down(upgrade: &mut Upgrade<Self>) -> Self {
    ///         let table = format!("table:{}", upgrade.params().get("table").unwrap_or_default());
    ///         upgrade.subscribe(&table);
    ///         Self { chips: 100 }
    ///     }
    ///
    ///     #[info]
    ///     fn won(&mut self, Won(chips): Won) -> String {
    ///         self.chips += chips;
    ///         format!("you have {} chips", self.chips)
    ///     }
    /// }
    ///
    /// fn end_round(app: &AppHandle, table: &str) {
    ///     let counts = app.info_topic::<Player>(&format!("table:{table}"), Won(20));
    ///     println!("{} players are notified", counts.queued);
    /// }
    /// ```
    pub fn info_topic<H: Handler>(&self, topic: &str, info: impl InfoFor<H> + Clone) -> DeliveryCounts {
        self.0.shared.stats.published();
        let sockets = self.subscribers::<H>(topic);
        let infos = iter::repeat_n(info, sockets.len());
        sockets.iter().zip(infos).map(|(socket, info)| socket.info(info)).collect()
    }

    /// Returns the path of handler `H`, base URL included, with its parameters filled in and percent-encoded.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/chat/{room}")]
    /// #[derive(Default)]
    /// struct Chat;
    ///
    /// #[websocket]
    /// impl Chat {}
    ///
    /// let app = App::new().mount::<Chat>("/chat/{room}", ()).base_url("/api");
    /// let handle = app.handle();
    /// let router = app.into_router();
    /// assert_eq!(handle.url::<Chat>([("room", "a b")]).as_deref(), Ok("/api/chat/a%20b"));
    /// ```
    ///
    /// # Errors
    /// Returns an error if a parameter is missing, unknown, empty, given twice or a `.` or `..` segment, or if the
    /// handler is not mounted, or mounted more than once.
    pub fn url<H: Handler>(&self, params: impl UrlParams) -> Result<String, UrlError> {
        self.shared().setup().urls.by_type(TypeId::of::<H>(), type_name::<H>(), &params.pairs())
    }

    /// Returns the path of the route with this name, like [`url`](Self::url).
    ///
    /// # Errors
    /// Returns an error if no route has this name, or for a parameter as in [`url`](Self::url).
    pub fn url_for(&self, name: &str, params: impl UrlParams) -> Result<String, UrlError> {
        self.shared().setup().urls.by_name(name, &params.pairs())
    }

    /// Returns the app's state of type `T`, if it has one.
    #[must_use]
    pub fn state<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.shared().setup().states.get()
    }

    /// Returns the page session with this id; see [`App::pages`](crate::App::pages). Returns `None` if it has ended.
    ///
    /// ```
    /// use ws_core::prelude::*;
    /// use ws_core::PageId;
    ///
    /// fn done(app: &AppHandle, page: PageId) {
    ///     if let Some(page) = app.page(page) {
    ///         page.send_event("done", &());
    ///     }
    /// }
    /// ```
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn page(&self, id: PageId) -> Option<PageSession> {
        self.0.pages.get()?.page(id)
    }

    /// Returns the pages of a browser session. There may be none.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn session(&self, id: SessionId) -> PageGroup {
        let registry = self.0.pages.get();
        let pages = registry.map(|registry| registry.pages_of_session(id)).unwrap_or_default();
        PageGroup::new(registry.cloned(), pages)
    }

    /// Returns the pages of all browsers in which `user` is [signed in](crate::BrowserSession::sign_in). There may be none.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn user(&self, user: &str) -> PageGroup {
        let registry = self.0.pages.get();
        let pages = registry.map(|registry| registry.pages_of_user(user)).unwrap_or_default();
        PageGroup::new(registry.cloned(), pages)
    }

    /// Returns the URL of the client script whose name has a hash of its content, so that browsers never ask for it again:
    /// `/ws/client-….js`. Use it in pages that a template writes. It does not begin a session; the connection does.
    #[cfg(feature = "pages")]
    #[must_use]
    pub fn script_url(&self) -> String {
        self.0.pages.get().map(|pages| pages.script_url().to_owned()).unwrap_or_default()
    }

    /// Returns the app's counters.
    #[must_use]
    pub fn stats(&self) -> Stats {
        #[cfg_attr(not(feature = "tls"), expect(unused_mut, reason = "TLS adds to it"))]
        let mut stats = self.shared().stats.snapshot();
        #[cfg(feature = "tls")]
        if let Some(tls) = self.0.tls.get() {
            stats.certificate_expires = tls.validity().map(|validity| validity.until);
        }
        stats
    }

    /// Reads the files of the TLS certificate and its key again ([`tls::from_files`](crate::tls::from_files)). Connections
    /// that are accepted from now on get the new certificate; the others go on with the previous one.
    ///
    /// [`run`](crate::App::run) and [`serve`](crate::App::serve) do the same on SIGHUP. The files are read on the calling
    /// thread.
    ///
    /// # Errors
    /// Returns [`Error::Tls`](crate::Error::Tls) if the new certificate cannot be used or has expired, and the previous one
    /// stays; or if the app has not started with [`App::tls`](crate::App::tls) and files.
    #[cfg(feature = "tls")]
    pub fn reload_tls(&self) -> crate::error::Result {
        let tls = self.0.tls.get().ok_or_else(|| "the app does not speak TLS".to_owned());
        tls.and_then(|tls| tls.reload()).map_err(crate::error::Error::Tls)
    }

    /// Returns `true` once a drain has begun: the app accepts no new connections.
    ///
    /// A task of [`App::on_start`](crate::App::on_start) that calls this ends by itself: see there.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        background::ask();
        self.drain_deadline().is_some()
    }

    /// Shuts the app down gracefully. It rejects new connections with 503, closes the open ones with code 1001, and
    /// waits until every `#[terminate]` has returned.
    ///
    /// Messages that were sent to a connection before go out first. A callback that is still pending at the deadline is
    /// dropped; `#[terminate]` callbacks have one more second. Services end when their members have left, and then the
    /// tasks of [`App::on_start`](crate::App::on_start).
    ///
    /// If a drain is under way already, this waits for the same one. The earlier deadline applies.
    ///
    /// # Cancel safety
    /// If you drop the future once it has been polled, the drain continues. Services then end at the deadline, even if
    /// their members have left before, and so do tasks.
    pub async fn drain(&self, within: Duration) -> Drained {
        let (stats, drain) = (&self.shared().stats, &self.shared().drain);
        let before = stats.snapshot();
        let deadline = drain.begin(within);
        let mut emptied = drain.watch_empty();
        self.0.connections.drain();
        let empty = async { while stats.open() > 0 && emptied.changed().await.is_ok() {} };
        // A callback that blocks its thread cannot be dropped. It counts as left.
        let _ = tokio::time::timeout_at(later(deadline, 2 * GRACE_PERIOD), empty).await;
        // All members have left. A service that is still busy is ended like a pending callback.
        let _ = tokio::time::timeout_at(later(deadline, 2 * GRACE_PERIOD), self.0.services.drained()).await;
        // A task that waits for the drain ends by itself until the deadline.
        let _ =
            tokio::time::timeout_at(later(deadline, GRACE_PERIOD), self.shared().background.drained()).await;
        let after = stats.snapshot();
        Drained {
            ended: before.open.saturating_sub(after.open),
            aborted: after.aborted - before.aborted,
            left: after.open,
        }
    }

    /// Resolves when a drain begins, or at once if one has begun.
    ///
    /// A task of [`App::on_start`](crate::App::on_start) that waits for this has until the deadline of the drain to end by
    /// itself, and the drain waits for it:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use ws_core::prelude::*;
    /// # async fn save(_: u64) {}
    /// async fn count(app: AppHandle) {
    ///     let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ///     let mut seconds = 0;
    ///     loop {
    ///         tokio::select! {
    ///             _ = ticks.tick() => seconds += 1,
    ///             () = app.draining() => break,
    ///         }
    ///     }
    ///     save(seconds).await;
    /// }
    ///
    /// let app = App::discover().on_start(count);
    /// ```
    ///
    /// # Cancel safety
    /// This method is cancel safe.
    pub async fn draining(&self) {
        background::ask();
        self.shared().drain.begun().await;
    }

    /// The deadline of the drain that has begun.
    pub(crate) fn drain_deadline(&self) -> Option<Instant> {
        self.shared().drain.deadline()
    }
}

impl fmt::Debug for AppHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppHandle")
            .field("routes", &self.shared().setup().urls.0.len())
            .finish_non_exhaustive()
    }
}
