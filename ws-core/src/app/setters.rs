//! Limits of an app's connections, each and all together, and the proxies that it trusts.

use std::time::Duration;

use super::App;
use crate::shared::heartbeat::Heartbeat;
use crate::shared::limits::{MailboxLimits, Overflow, with_limits};

macro_rules! app_setters {
    ($(
        $(#[$doc:meta])*
        $name:ident($argument:ident: $taken:ty) -> $stored:ty { $value:expr; default $default:expr, $text:literal }
    )*) => {
        /// Limits of each connection. A route's own setting takes precedence.
        ///
        /// A size, number or duration of zero is an error at startup ([`Error::BadSetting`](crate::Error::BadSetting)).
        impl App {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!("The default is ", $text, ".")]
                pub fn $name(mut self, $argument: $taken) -> Self {
                    self.limits.$name = $value;
                    self
                }
            )*
        }
    };
}
with_limits!(app_setters);

/// Limits of queues, limits of all connections together, and trusted proxies.
///
/// A limit of zero is an error at startup ([`Error::BadSetting`](crate::Error::BadSetting)).
impl App {
    /// Sets how many items and bytes a connection's mailbox holds, and how it behaves when it is full. The default is 256
    /// items, 1 MiB and [`Overflow::Close`]. A route's own setting takes precedence.
    pub fn mailbox(mut self, messages: usize, bytes: usize, overflow: Overflow) -> Self {
        self.limits.mailbox = MailboxLimits { messages, bytes, overflow };
        self
    }

    /// Limits the number of open connections, of all routes together; `None`, the default, disables the limit. A
    /// further handshake gets a 503 response before `#[init]` runs.
    pub fn max_connections(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.total_limits.connections = connections.into();
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
        self.total_limits.connections_per_address = connections.into();
        self
    }

    /// Limits the number of TCP connections that have not sent a request head yet. 4,096 by default. A further one
    /// drops the oldest.
    ///
    /// This applies to servers started with [`run`](Self::run), [`serve`](Self::serve) or [`bind`](Self::bind).
    pub fn max_half_open(mut self, connections: usize) -> Self {
        self.total_limits.half_open = connections;
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
