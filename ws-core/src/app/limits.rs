//! Limits of an app's connections, each and all together, and the proxies that it trusts.

use std::time::Duration;

use super::App;
use crate::shared::limits::{MailboxLimits, Overflow};

/// Limits of each connection. A route's own setting takes precedence.
///
/// A size, number or duration of zero is an error at startup ([`Error::BadSetting`](crate::Error::BadSetting)).
impl App {
    /// Closes a connection with 1001 if no byte arrives from the client for this long; `None` disables it. 60 s by
    /// default.
    ///
    /// A client that is still reading queued messages is not idle, nor is a paused connection.
    pub fn idle_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.limits.idle_timeout = after.into();
        self
    }

    /// Sets the interval of the server's pings; `None` disables them. 25 s by default, 10 ms at least. It must be
    /// shorter than the idle timeout to keep silent clients connected.
    pub fn heartbeat(mut self, every: impl Into<Option<Duration>>) -> Self {
        self.limits.heartbeat = every.into();
        self
    }

    /// Sets the largest message that a client may send, in bytes, after decompression. A larger one closes the
    /// connection with 1009. 1 MiB by default.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.limits.max_message_size = bytes;
        self
    }

    /// Sets the largest frame that a client may send, in bytes as received. A larger one closes the connection with
    /// 1009. The default is `usize::MAX`: only the message size is limited.
    pub fn max_frame_size(mut self, bytes: usize) -> Self {
        self.limits.max_frame_size = bytes;
        self
    }

    /// Sets the largest number of frames in a message. A message with more closes the connection with 1008;
    /// `usize::MAX` disables the limit. 16,384 by default.
    pub fn max_fragments(mut self, frames: usize) -> Self {
        self.limits.max_fragments = frames;
        self
    }

    /// Closes a connection with 1008 if a message is incomplete this long after its first byte; `None` disables it.
    /// 60 s by default.
    pub fn message_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.limits.message_timeout = after.into();
        self
    }

    /// Drops a connection if the client accepts no bytes for this long while some wait to be written; `None` disables
    /// it. 10 s by default.
    ///
    /// No close frame is sent: there is no room for one. In a server started with [`run`](Self::run),
    /// [`serve`](Self::serve) or [`bind`](Self::bind) the timeout applies to plain HTTP responses too.
    pub fn write_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.limits.write_timeout = after.into();
        self
    }

    /// Limits the close handshake: a connection is dropped if the client has not answered the close frame and ended its
    /// stream after this time. 5 s by default. You cannot disable it.
    pub fn close_timeout(mut self, after: Duration) -> Self {
        self.limits.close_timeout = after;
        self
    }

    /// Sets how many items and bytes a connection's mailbox holds, and how it behaves when it is full. 256 items, 1 MiB
    /// and [`Overflow::Close`] by default. See [`MailboxLimits`].
    pub fn mailbox(mut self, messages: usize, bytes: usize, overflow: Overflow) -> Self {
        self.limits.mailbox = MailboxLimits { messages, bytes, overflow };
        self
    }
}

/// Limits of all connections together, and trusted proxies.
///
/// A limit of zero is an error at startup ([`Error::BadSetting`](crate::Error::BadSetting)).
impl App {
    /// Limits the number of open connections, of all routes together; `None`, the default, disables the limit. A
    /// further handshake gets a 503 response before `#[init]` runs.
    pub fn max_connections(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.app_limits.connections = connections.into();
        self
    }

    /// Limits the number of open connections from one address, of all routes together; `None`, the default, disables
    /// the limit, since a whole office may share an address. A further handshake gets a 503 response before `#[init]`
    /// runs.
    ///
    /// All addresses of an IPv6 /64 network count as one, because a client usually has a whole /64 to itself. Clients
    /// without a known address of their own are not limited: those behind a [trusted proxy](Self::trusted_proxies) that
    /// does not name its clients, and all clients of an axum app that is served without
    /// `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn max_connections_per_address(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.app_limits.connections_per_address = connections.into();
        self
    }

    /// Limits the number of TCP connections that have not sent a request head yet. 4,096 by default. A further one
    /// drops the oldest.
    ///
    /// This applies to servers started with [`run`](Self::run), [`serve`](Self::serve) or [`bind`](Self::bind).
    pub fn max_half_open(mut self, connections: usize) -> Self {
        self.app_limits.half_open = connections;
        self
    }

    /// Trusts the proxies in front of the app, by address or network. A second call adds to the first.
    ///
    /// Only trusted proxies can describe their clients with `Forwarded` (RFC 7239), `X-Forwarded-For` and
    /// `X-Forwarded-Proto`:
    ///
    /// - [`Context::peer_addr`](crate::Context::peer_addr) is the first address from the right that is not a trusted
    ///   proxy's. If there is none, or it is hidden or malformed, it is the proxy's own address.
    /// - A page is of the same origin only if its scheme is the one that the client used.
    ///
    /// A handshake whose two headers name different clients gets a 400 response, because the client itself may have
    /// written one of them. `Forwarded`'s `host` and `X-Forwarded-Host` are ignored; if a proxy rewrites `Host`, set
    /// [`public_url`](Self::public_url).
    ///
    /// ```
    /// # use ws_core::App;
    /// # let app = App::new();
    /// let app = app.trusted_proxies(["10.0.0.0/8", "::1"]).max_connections_per_address(100);
    /// ```
    ///
    /// Text that is neither an address nor a network is an error at startup
    /// ([`Error::BadSetting`](crate::Error::BadSetting)).
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.proxies.extend(networks.into_iter().map(Into::into));
        self
    }
}
