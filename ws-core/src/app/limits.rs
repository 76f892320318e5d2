//! What bounds the connections of an app, each and all together, and whose word on their addresses counts.

use std::time::Duration;

use super::App;
use crate::limits::{MailboxLimits, Overflow};

/// Limits of every connection, where its route does not say otherwise.
impl App {
    /// Closes a connection (1001) after so long without a byte from the client; `None`: never. 60 s by default.
    pub fn idle_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.limits.idle_timeout = after.into();
        self
    }

    /// How often the server pings; `None`: never. 25 s by default.
    pub fn heartbeat(mut self, every: impl Into<Option<Duration>>) -> Self {
        self.limits.heartbeat = every.into();
        self
    }

    /// The largest message that a client may send, in bytes, after inflating (1009; C17). 1 MiB by default.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.limits.max_message_size = bytes;
        self
    }

    /// The largest frame that a client may send, in bytes as it comes (1009; C17). `usize::MAX`, the default: as
    /// large as a message may be.
    pub fn max_frame_size(mut self, bytes: usize) -> Self {
        self.limits.max_frame_size = bytes;
        self
    }

    /// The most frames that one message may come in (1008); `usize::MAX`: any number. 16,384 by default.
    pub fn max_fragments(mut self, frames: usize) -> Self {
        self.limits.max_fragments = frames;
        self
    }

    /// Closes a connection (1008) when a message that has begun is not whole after so long; `None`: never. 60 s by
    /// default.
    pub fn message_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.limits.message_timeout = after.into();
        self
    }

    /// Cuts a connection when what is to be written finds no room for so long, since the client does not read;
    /// `None`: never. 10 s by default. In a server of our own it holds for answers in plain HTTP, too.
    pub fn write_timeout(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.limits.write_timeout = after.into();
        self
    }

    /// Cuts a connection when our close frame is not answered for so long. 5 s by default.
    pub fn close_timeout(mut self, after: Duration) -> Self {
        self.limits.close_timeout = after;
        self
    }

    /// How many entries and bytes may wait in front of a connection, and what happens then. 256 entries, 1 MiB and
    /// [`Overflow::Close`] by default.
    pub fn mailbox(mut self, messages: usize, bytes: usize, overflow: Overflow) -> Self {
        self.limits.mailbox = MailboxLimits { messages, bytes, overflow };
        self
    }
}

/// Limits of all connections together.
impl App {
    /// The most connections at a time, of all routes together; `None`, the default: any number. One more is answered
    /// with 503 before its `#[init]` runs.
    pub fn max_connections(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.bounds.connections = connections.into();
        self
    }

    /// The most connections of one address at a time, of all routes together; `None`, the default: any number, since
    /// a whole office may share an address. One more is answered with 503 before its `#[init]` runs.
    ///
    /// All addresses of an IPv6 network of 64 bits count as one, since a client has as a rule a whole one to itself.
    /// Not limited is who has no address of its own: behind a [trusted proxy](Self::trusted_proxies) that does not
    /// name its clients, or in an axum app without `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn max_connections_per_address(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.bounds.connections_per_address = connections.into();
        self
    }

    /// The most TCP connections of a server of our own that have not sent the head of a request; 4,096 by default. When
    /// there is one more, the oldest is cut.
    pub fn max_half_open(mut self, connections: usize) -> Self {
        self.bounds.half_open = connections;
        self
    }

    /// The proxies in front of the app, by address or network; a second call adds to the first. Only what they say of
    /// their clients counts, in `Forwarded` (RFC 7239), `X-Forwarded-For` and `X-Forwarded-Proto`:
    ///
    /// - [`Context::peer_addr`](crate::Context::peer_addr) is the first address from the right that is not itself a
    ///   trusted proxy's. Where there is none that can be read it is the proxy's own.
    /// - A page is of the same origin only if its scheme is the one by which the client came.
    ///
    /// A handshake in which the two headers name different clients is answered with 400: one of them is the client's own
    /// invention. `Forwarded`'s `host` and `X-Forwarded-Host` are not read; for a proxy that rewrites `Host` there is
    /// [`public_url`](Self::public_url).
    ///
    /// ```
    /// # use ws_core::App;
    /// # let app = App::empty();
    /// let app = app.trusted_proxies(["10.0.0.0/8", "::1"]).max_connections_per_address(100);
    /// ```
    ///
    /// What is neither an address nor a network is an error at the start.
    pub fn trusted_proxies(mut self, networks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.proxies.extend(networks.into_iter().map(Into::into));
        self
    }
}
