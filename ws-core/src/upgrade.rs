//! What `#[init]` may decide of the connection that is about to be.

use std::any::{Any, type_name};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::compression::Compression;
use crate::handle::AppHandle;
use crate::handler::{Handler, InfoFor};
use crate::handshake::extensions::{Offer, agree};
use crate::handshake::forwarded::Scheme;
use crate::limits::Limits;
use crate::request::{Params, Request};
use crate::shared::mailbox::{ConnectionId, Delivery, Mailbox};
use crate::socket::Socket;

/// The upgrade that `#[init]` decides on: subprotocol, limits, compression, response headers, first infos.
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
pub struct Upgrade<H> {
    inner: Box<Inner>,
    handler: PhantomData<fn() -> H>,
}

/// What an upgrade holds, whatever the handler.
pub(crate) struct Inner {
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) request: Box<Request>,
    pub(crate) limits: Limits,
    pub(crate) offered: Vec<String>,
    pub(crate) extensions: Vec<Offer>,
    pub(crate) compression: Option<Compression>,
    pub(crate) headers: HeaderMap,
    pub(crate) options: Option<Arc<dyn Any + Send + Sync>>,
}

impl<H> Upgrade<H> {
    pub(crate) const fn new(inner: Box<Inner>) -> Self {
        Self { inner, handler: PhantomData }
    }

    pub(crate) fn into_inner(self) -> Box<Inner> {
        self.inner
    }

    /// The number that the connection will have.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.inner.mailbox.id
    }

    /// The app.
    #[must_use]
    pub fn app(&self) -> AppHandle {
        AppHandle(self.inner.mailbox.shared.clone())
    }

    /// The app's state of type `T`.
    #[must_use]
    pub fn state<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.inner.mailbox.shared.setup().states.get()
    }

    /// The options that this route was mounted with ([`App::mount`](crate::App::mount)), if they are of type `T`; a
    /// linked route has none.
    #[must_use]
    pub fn options<T: Any>(&self) -> Option<&T> {
        self.inner.options.as_ref()?.downcast_ref()
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

    /// The client's address, as [`Context::peer_addr`](crate::Context::peer_addr) has it.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.inner.request.peer_addr
    }

    /// `"http"` or `"https"`: how the client came, where a [trusted proxy](crate::App::trusted_proxies) says so.
    #[must_use]
    pub fn scheme(&self) -> Option<&'static str> {
        self.inner.request.scheme.map(Scheme::as_str)
    }

    /// `Sec-WebSocket-Version`: 13, 8 or 7 (C9).
    #[must_use]
    pub fn version(&self) -> u8 {
        self.inner.request.version
    }

    /// The subprotocols that the client offers, in its order.
    #[must_use]
    pub fn offered_subprotocols(&self) -> &[String] {
        &self.inner.offered
    }

    /// The subprotocol that was agreed on so far: the first of the route's that the client offers.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.inner.request.subprotocol.as_deref()
    }

    /// Agrees on `name`, which must be among those offered (RFC 6455 4.2.2); whether it is.
    pub fn set_subprotocol(&mut self, name: &str) -> bool {
        let offered = self.inner.offered.iter().any(|offer| offer == name);
        if offered {
            self.inner.request.subprotocol = Some(name.into());
        }
        offered
    }

    /// What a service agrees on that declares no subprotocols: a browser fails a connection whose offer is not answered
    /// (B7).
    pub(crate) fn echo_first_subprotocol(&mut self) {
        if self.inner.request.subprotocol.is_none() {
            self.inner.request.subprotocol = self.inner.offered.first().map(|first| first.as_str().into());
        }
    }

    /// Closes the connection (1001) after so long without a byte from the client; `None`: never.
    pub fn set_idle_timeout(&mut self, after: impl Into<Option<Duration>>) {
        self.inner.limits.idle_timeout = after.into();
    }

    /// Pings the client so often, every 10 ms at the most; `None`: never.
    pub fn set_heartbeat(&mut self, every: impl Into<Option<Duration>>) {
        self.inner.limits.heartbeat = every.into().map(|every| every.max(Limits::SHORTEST_HEARTBEAT));
    }

    /// The largest message that the client may send, in bytes.
    pub fn set_max_message_size(&mut self, bytes: usize) {
        self.inner.limits.max_message_size = bytes;
    }

    /// Compresses messages if the client offers it; `None`: not on this connection (C1). What its route or the app says
    /// holds otherwise. A level or window that there is not becomes the nearest that there is.
    pub fn set_compression(&mut self, compression: impl Into<Option<Compression>>) {
        self.inner.compression = compression.into().map(Compression::clamped);
    }

    /// Whether messages will be compressed, as things stand: it is wanted here, and offered by the client.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.inner.compression.is_some_and(|ours| agree(&self.inner.extensions, &ours).is_some())
    }

    /// Adds a header to the 101 response. Those of the handshake itself cannot be changed.
    pub fn header(&mut self, name: HeaderName, value: HeaderValue) {
        self.inner.headers.append(name, value);
    }
}

impl<H: Handler> Upgrade<H> {
    /// The handle of the connection to be: what is said through it waits for the upgrade.
    #[must_use]
    pub fn socket(&self) -> Socket<H> {
        Socket::new(self.inner.mailbox.clone())
    }

    /// Says something to the handler, which it hears before any frame of the client (C2).
    pub fn info(&self, info: impl InfoFor<H>) -> Delivery {
        self.socket().info(info)
    }

    /// Hears what is published to `topic`, from now on, as [`Context::subscribe`](crate::Context::subscribe): what is
    /// published before the connection is up waits for it.
    pub fn subscribe(&mut self, topic: &str) -> bool {
        self.inner.mailbox.subscribe(topic)
    }

    /// Says that `id` is present at `topic`, from now on, as [`Context::track`](crate::Context::track); how many
    /// connections it has there now. Ends with the connection, or at once where `#[init]` refuses: who watches then sees
    /// it come and go.
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
    ///         match upgrade.track("seats", &seat, &()) {
    ///             Ok(1) => Ok(Self),
    ///             _ => Err(StatusCode::CONFLICT),
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
}

impl<H> std::fmt::Debug for Upgrade<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upgrade")
            .field("handler", &type_name::<H>())
            .field("request", &self.inner.request)
            .field("limits", &self.inner.limits)
            .finish_non_exhaustive()
    }
}
