//! The upgrade, which `#[init]` may change before the connection begins.

use std::any::{Any, type_name};
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use super::app_handle::AppHandle;
use super::handler::Handler;
use super::info_for::InfoFor;
use super::socket::Socket;
use crate::connection::{
    Connection, ConnectionId, Delivery, Expiring, Info, IntoExpiry, Local, Notice, Params, Session, Timer,
    Timers,
};
use crate::handshake::extensions::{Offer, agree};
use crate::hub::{Position, Recovery, TopicError};
use crate::message::{Close, CloseCode, Reason};
use crate::protocol::Compression;
use crate::shared::heartbeat::Heartbeat;
use crate::shared::limits::SharedLimits;
use crate::shared::rate_limit::RateLimit;
use crate::shared::services::Key;

/// The upgrade, which `#[init]` may change: subprotocol, limits, compression, response headers, first infos.
///
/// ```
/// use std::time::Duration;
/// use ws_core::prelude::*;
///
/// struct Player;
///
/// #[websocket]
/// impl Player {
///     #[init]
///     fn join(upgrade: &mut Upgrade<Self>) -> Self {
///         upgrade.set_idle_timeout(Duration::from_secs(10));
///         Player
///     }
/// }
/// ```
pub struct Upgrade<H /* the handler: write `Upgrade<Self>` in its impl */> {
    pub(crate) request: Box<UpgradeRequest>,
    handler: PhantomData<fn() -> H>,
}

/// The contents of an upgrade, without the handler's type.
pub(crate) struct UpgradeRequest {
    pub(crate) connection: Arc<Connection>,
    pub(crate) app: AppHandle,
    pub(crate) limits: SharedLimits,
    /// The handler's first timers, if `#[init]` sets some. The mutex is never locked, as in [`Local`].
    pub(crate) timers: Option<Mutex<Timers>>,
    /// The subprotocols that the client offers.
    pub(crate) offered: Vec<String>,
    pub(crate) subprotocol: Option<Box<str>>,
    pub(crate) extensions: Vec<Offer>,
    pub(crate) compression: Option<Compression>,
    pub(crate) headers: HeaderMap,
    pub(crate) options: Option<Arc<dyn Any + Send + Sync>>,
    /// The key of the service that the client joins.
    pub(crate) key: Option<Key>,
}

/// The result of an `init` that succeeded.
pub(crate) struct Opened {
    pub(crate) session: Box<dyn Session>,
    pub(crate) limits: SharedLimits,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Vec<Offer>,
    pub(crate) compression: Option<Compression>,
}

/// An upgrade that is accepted, and waits for its session.
pub(crate) struct Accepted {
    limits: SharedLimits,
    headers: HeaderMap,
    extensions: Vec<Offer>,
    compression: Option<Compression>,
}

impl UpgradeRequest {
    /// Accepts the upgrade. Returns the parts of its session too.
    pub(crate) fn accept(self) -> (Accepted, Local, AppHandle) {
        let Self { connection, app, limits, timers, subprotocol, extensions, compression, headers, .. } =
            self;
        if let Some(name) = subprotocol {
            connection.request.set_subprotocol(name);
        }
        (Accepted { limits, headers, extensions, compression }, Local::new(connection, timers), app)
    }
}

impl Accepted {
    pub(crate) fn with(self, session: Box<dyn Session>) -> Opened {
        let Self { limits, headers, extensions, compression } = self;
        Opened { session, limits, headers, extensions, compression }
    }
}

impl<H> Upgrade<H> {
    pub(crate) const fn new(request: Box<UpgradeRequest>) -> Self {
        Self { request, handler: PhantomData }
    }

    /// Returns the id that the connection will have.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.request.connection.id
    }

    /// Returns a handle to the app.
    #[must_use]
    pub fn app(&self) -> AppHandle {
        self.request.app.clone()
    }

    pub(crate) const fn handle(&self) -> &AppHandle {
        &self.request.app
    }

    /// Returns the app's state of type `T`, if it has one.
    #[must_use]
    pub fn state<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.request.connection.shared.setup().states.get()
    }

    /// Returns the options that this route was mounted with ([`App::mount`](crate::App::mount)), if they are of type
    /// `T`. A linked route has none.
    #[must_use]
    pub fn options<T: Any>(&self) -> Option<&T> {
        self.request.options.as_ref()?.downcast_ref()
    }

    /// Returns the path that the client requested.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.request.connection.request.path
    }

    /// Returns the parameters of the path.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.request.connection.request.params
    }

    /// Returns the client's address; see [`Context::peer_addr`](crate::Context::peer_addr).
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.request.connection.request.peer_addr
    }

    /// Returns `"http"` or `"https"`, the scheme that the client used, if a
    /// [trusted proxy](crate::App::trusted_proxies) names it. Over this server's own TLS, it is `"https"`.
    #[must_use]
    pub fn scheme(&self) -> Option<&'static str> {
        self.request.connection.request.scheme()
    }

    /// Returns the version of HTTP that the client used: 1.1, or 2 over [HTTP/2](crate::App#method.http2) (RFC 8441).
    #[must_use]
    pub fn http_version(&self) -> http::Version {
        self.request.connection.request.http_version
    }

    /// Returns the certificate that the client presented, if the server [asked for one](crate::tls::Config).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(&self) -> Option<&crate::tls::ClientCertificate> {
        self.request.connection.request.certificate()
    }

    /// Returns the client's `Sec-WebSocket-Version`: 13, 8 or 7.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.request.connection.request.version
    }

    /// Returns the subprotocols that the client offers, in its order.
    #[must_use]
    pub fn offered_subprotocols(&self) -> &[String] {
        &self.request.offered
    }

    /// Returns the subprotocol that the response will name: the route's first that the client offers, unless
    /// [`set_subprotocol`](Self::set_subprotocol) selected another.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.request.subprotocol.as_deref()
    }

    /// Selects a subprotocol (RFC 6455 4.2.2). Returns `false`, and changes nothing, if the client does not offer
    /// `name`.
    pub fn set_subprotocol(&mut self, name: &str) -> bool {
        let offered = self.request.offered.iter().any(|offer| offer == name);
        if offered {
            self.request.subprotocol = Some(name.into());
        }
        offered
    }

    /// Selects the client's first subprotocol, if none is selected: a browser fails a connection whose offer is not
    /// answered, and a service has no `#[init]` for each connection that could select one.
    pub(crate) fn echo_first_subprotocol(&mut self) {
        if self.request.subprotocol.is_none() {
            self.request.subprotocol = self.request.offered.first().map(|first| first.as_str().into());
        }
    }

    /// Sets how long the client may send nothing before the connection closes with code 1001. `None` turns the timeout
    /// off. The server pings at least twice in this time, unless its pings are turned off.
    pub fn set_idle_timeout(&mut self, after: impl Into<Option<Duration>>) {
        self.request.limits.times_mut().idle_timeout = after.into();
    }

    /// Sets the interval of pings: at least 10 ms, and shorter than the idle timeout; half of the idle
    /// timeout otherwise. `None` turns them off.
    pub fn set_heartbeat(&mut self, every: impl Into<Option<Duration>>) {
        self.request.limits.times_mut().heartbeat = Heartbeat::of(every.into());
    }

    /// Sets the largest message that the client may send, in bytes.
    pub fn set_max_message_size(&mut self, bytes: usize) {
        self.request.limits.set_max_message_size(bytes);
    }

    /// Sets how much the client may send per second, in place of the route's or the app's
    /// [`RateLimit`](crate::RateLimit). `None` turns the limit off. Out-of-range values are clamped.
    ///
    /// ```
    /// use axum::http::HeaderMap;
    /// use ws_core::RateLimit;
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/feed", rate_limit(messages = 5))]
    /// struct Feed;
    ///
    /// #[websocket]
    /// impl Feed {
    ///     #[init]
    ///     fn open(headers: HeaderMap, upgrade: &mut Upgrade<Self>) -> Self {
    ///         if headers.contains_key("x-partner") {
    ///             upgrade.set_rate_limit(RateLimit::new().messages(500));
    ///         }
    ///         Self
    ///     }
    /// }
    /// ```
    pub fn set_rate_limit(&mut self, rate: impl Into<Option<RateLimit>>) {
        self.request.limits.set_rate_limit(rate.into());
    }

    /// Sets how messages are compressed if the client offers it, in place of the route's or the app's setting. `None`
    /// turns compression off. Out-of-range values are clamped.
    pub fn set_compression(&mut self, compression: impl Into<Option<Compression>>) {
        self.request.compression = compression.into().map(Compression::clamped);
    }

    /// Returns `true` if messages will be compressed: the client offers it, and it is turned on here.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.request.compression.is_some_and(|ours| agree(&self.request.extensions, &ours).is_some())
    }

    /// Closes the connection at this time, because its client's credentials expire then: a [`SystemTime`], an
    /// `Instant`, or any other [`Expiry`](crate::Expiry). [`Context::renew`](crate::Context::renew) and
    /// [`Socket::renew`](crate::Socket::renew) prolong it. A connection does not expire by default.
    ///
    /// The client receives code 3000 and the reason "the credentials have expired", or those of
    /// [`close_expired_with`](Self::close_expired_with). `#[terminate]` receives
    /// [`Terminate::Expired`](crate::Terminate::Expired). It does not matter whether the client reads, whether reading is
    /// paused, or whether the server was held up: no client stays for longer. A callback that is pending is finished
    /// within the close timeout, and nothing that it sends goes out any more.
    ///
    /// [`notify_expiring`](Self::notify_expiring) notifies the handler some time before.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use axum::http::StatusCode;
    /// use ws_core::prelude::*;
    ///
    /// /// Returns the time at which a valid token expires.
    /// fn verify(token: &str) -> Option<SystemTime> {
    ///     // With a crate for JSON Web Tokens, for example.
    /// #   (token == "valid").then(|| SystemTime::now() + Duration::from_secs(900))
    /// }
    ///
    /// #[websocket("/account/{token}")]
    /// struct Account;
    ///
    /// #[websocket]
    /// impl Account {
    ///     #[init]
    ///     fn enter(upgrade: &mut Upgrade<Self>) -> Result<Self, StatusCode> {
    ///         let token = upgrade.params().get("token").unwrap_or_default();
    ///         let expires = verify(token).ok_or(StatusCode::UNAUTHORIZED)?;
    ///         upgrade.expires_at(expires);
    ///         upgrade.notify_expiring(Duration::from_secs(30));
    ///         Ok(Self)
    ///     }
    ///
    ///     #[info]
    ///     fn expiring(&mut self, soon: Expiring) -> String {
    ///         format!("send a new token within {} s", soon.left().as_secs())
    ///     }
    ///
    ///     #[text]
    ///     fn token(&mut self, token: &str, cx: &mut Context<Self>) -> Result<&'static str, Close> {
    ///         cx.renew(verify(token).ok_or(Close::new(CloseCode::UNAUTHORIZED, "no valid token"))?);
    ///         Ok("thanks")
    ///     }
    /// }
    /// ```
    ///
    /// [`SystemTime`]: std::time::SystemTime
    pub fn expires_at(&mut self, time: impl IntoExpiry) {
        self.request.connection.change_lease(time.into_expiry());
    }

    /// Closes the connection after this time, counted from now; see [`expires_at`](Self::expires_at).
    pub fn expires_after(&mut self, time: Duration) {
        self.expires_at(time);
    }

    /// Sets the code and reason of the close frame that the client receives when the connection
    /// [expires](Self::expires_at). 3000 (unauthorized) and "the credentials have expired" by default.
    pub fn close_expired_with(&mut self, code: CloseCode, reason: impl Into<Reason>) {
        self.request.connection.change_lease(Close::new(code, reason));
    }

    /// Adds a header to the 101 response. The headers of the handshake itself cannot be changed.
    pub fn header(&mut self, name: HeaderName, value: HeaderValue) {
        self.request.headers.append(name, value);
    }
}

impl<H: Handler> Upgrade<H> {
    /// Returns a handle to the connection. Messages that you send through it are delivered after the upgrade. Until then
    /// they may have 16 MiB, or the mailbox's size if it is larger, and they do not count in the mailbox afterwards.
    #[must_use]
    pub fn socket(&self) -> Socket<H> {
        Socket::new(self.request.connection.clone())
    }

    /// Keeps `value` with the connection, so that the rest of the program can read it with
    /// [`Socket::kept`](crate::Socket::kept). Returns `false`, and drops the value, if one is kept already.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/chat/{name}")]
    /// struct Chat;
    ///
    /// struct Name(String);
    ///
    /// #[websocket]
    /// impl Chat {
    ///     #[init]
    ///     fn join(upgrade: &mut Upgrade<Self>) -> Self {
    ///         let name = upgrade.params().get("name").unwrap_or_default().to_owned();
    ///         upgrade.keep(Name(name));
    ///         Self
    ///     }
    /// }
    ///
    /// fn names(app: &AppHandle) -> Vec<String> {
    ///     app.sockets::<Chat>().iter().filter_map(|socket| Some(socket.kept::<Name>()?.0.clone())).collect()
    /// }
    /// ```
    pub fn keep<T: Any + Send + Sync>(&self, value: T) -> bool {
        self.request.connection.keep(value)
    }

    /// Notifies the handler `before` the connection [expires](Self::expires_at), with an info, [`Expiring`], so that it can
    /// ask the client for new credentials. Each renewal is followed by another notice. One that is due already is
    /// delivered at once.
    ///
    /// The notice waits for the callbacks before it. It does not count in the mailbox.
    pub fn notify_expiring(&mut self, before: Duration)
    where
        Expiring: InfoFor<H>,
    {
        let info: fn(Expiring) -> Info = |expiring| Box::new(expiring.into_info());
        self.request.connection.change_lease(Notice { before, info });
    }

    /// Delivers `info` to the handler, before the first message of the client.
    pub fn info(&self, info: impl InfoFor<H>) -> Delivery {
        self.socket().info(info)
    }

    /// Delivers `info` to the handler after `delay`, as [`Context::notify_after`](crate::Context::notify_after) does. The
    /// delay begins now. An info that is due before the upgrade is complete is delivered after it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/auction")]
    /// struct Auction {
    ///     /// Cancelled by the first bid.
    ///     patience: Option<Timer>,
    /// }
    ///
    /// struct NoBid;
    ///
    /// #[websocket]
    /// impl Auction {
    ///     #[init]
    ///     fn enter(upgrade: &mut Upgrade<Self>) -> Self {
    ///         Self { patience: Some(upgrade.notify_after(Duration::from_secs(60), NoBid)) }
    ///     }
    ///
    ///     #[text]
    ///     fn bid(&mut self, _price: &str, cx: &mut Context<Self>) {
    ///         self.patience.take().map(|timer| cx.cancel(timer));
    ///     }
    ///
    ///     #[info]
    ///     fn no_bid(&mut self, _: NoBid) -> &'static str {
    ///         "do you want to bid?"
    ///     }
    /// }
    /// ```
    pub fn notify_after(&mut self, delay: Duration, info: impl InfoFor<H>) -> Timer {
        let timers =
            self.request.timers.get_or_insert_default().get_mut().unwrap_or_else(PoisonError::into_inner);
        timers.set_after(delay, Box::new(info.into_info())).unwrap_or_else(|| {
            self.request.connection.mailbox.overflow();
            Timer::none()
        })
    }

    /// Subscribes the connection to `topic`, as [`Context::subscribe`](crate::Context::subscribe) does. Messages that
    /// are published before the upgrade is complete are delivered after it.
    pub fn subscribe(&mut self, topic: &str) -> bool {
        self.request.app.topics().subscribe(&self.request.connection, topic)
    }

    #[doc = include_str!("docs/upgrade_subscribe_from.md")]
    pub fn subscribe_from(
        &mut self,
        topic: &str,
        position: impl Into<Option<Position>>,
    ) -> Result<Recovery, TopicError> {
        self.request.app.topics().subscribe_from(&self.request.connection, topic, position.into())
    }

    /// Marks the identity `id` as present at `topic`, as [`Context::track`](crate::Context::track) does. Returns how
    /// many connections it has there now.
    ///
    /// The presence ends with the connection, or at once if `#[init]` rejects the request. Connections that watch the
    /// topic then see the identity join and leave.
    ///
    /// ```
    /// use axum::http::StatusCode;
    /// use ws_core::prelude::*;
    ///
    /// #[websocket("/seats/{seat}")]
    /// struct Seat;
    ///
    /// #[websocket]
    /// impl Seat {
    ///     #[init]
    ///     fn take(upgrade: &mut Upgrade<Self>) -> Result<Self, StatusCode> {
    ///         let seat = upgrade.params().get("seat").unwrap_or_default().to_owned();
    ///         let is_first = matches!(upgrade.track("seats", &seat, &()), Ok(1));
    ///         if is_first { Ok(Self) } else { Err(StatusCode::CONFLICT) }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Context::track`](crate::Context::track).
    pub fn track(
        &mut self,
        topic: &str,
        id: &str,
        meta: &(impl Serialize + ?Sized),
    ) -> Result<usize, TopicError> {
        let meta = serde_json::to_string(meta)?;
        self.request.app.topics().track(&self.request.connection, topic, id, &meta)
    }
}

impl<H> fmt::Debug for Upgrade<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrade")
            .field("handler", &type_name::<H>())
            .field("request", &self.request.connection.request)
            .field("limits", &**self.request.limits)
            .finish_non_exhaustive()
    }
}
