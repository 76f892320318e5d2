//! The setting of a connection's rate limit.

/// A limit on how much a client may send in a second, for [`App::rate_limit`](crate::App::rate_limit),
/// [`Route::rate_limit`](crate::Route::rate_limit), `rate_limit(…)` in the attribute,
/// [`Upgrade::set_rate_limit`](crate::Upgrade::set_rate_limit) or
/// [`Context::set_rate_limit`](crate::Context::set_rate_limit). There is none by default.
///
/// Set [`messages`](Self::messages), [`bytes`](Self::bytes), or both. Each connection is limited on its own: a client
/// with two connections may send twice as much, unless its [address](#addresses) is limited, too.
///
/// - A message counts once it is complete, with all its fragments. Pings count as messages, too, and so do pongs that
///   answer none of the heartbeat's pings.
/// - Bytes are those of payloads, after decompression. While reading waits ([`Exceeded::Wait`]) they count as they
///   arrive, otherwise with their message.
/// - The burst is how much a client that was silent may send at once. It is refilled at the rate.
/// - A message may have more bytes than the burst. It takes as much longer until the client may send again.
///
/// [`Stats::limited`](crate::Stats::limited) counts under `rate_limit` how often the limit applied.
///
/// ```
/// use ws_core::prelude::*;
/// use ws_core::{Exceeded, RateLimit, Route};
///
/// #[websocket("/chat", rate_limit(messages = 20, burst = 40, bytes = "64KiB", exceeded = "wait"))]
/// #[derive(Default)]
/// struct Chat;
///
/// #[websocket]
/// impl Chat {}
///
/// // The same on a route that is mounted by hand. The app's limit applies to all others.
/// let chat = RateLimit::new().messages(20).burst(40).bytes(64 << 10).exceeded(Exceeded::Wait);
/// let app = App::new()
///     .rate_limit(RateLimit::new().messages(1_000).exceeded(Exceeded::Close))
///     .route(Route::new::<Chat>("/also").rate_limit(chat));
/// ```
///
/// # Addresses
///
/// [`App::rate_limit_per_address`](crate::App::rate_limit_per_address),
/// [`Route::rate_limit_per_address`](crate::Route::rate_limit_per_address) and `rate_limit_per_address(…)` in the attribute
/// limit what all connections of one client address may send together. It applies beside the limit of each connection,
/// and [`Stats::limited`](crate::Stats::limited) counts it under `rate_limit_per_address`.
///
/// - The connections to a route that sets it share one limit. Those to all other routes share the app's.
/// - As for [`max_connections_per_address`](crate::App::max_connections_per_address), a /64 block of IPv6 is one address,
///   and a client behind a proxy has its own if the proxy is in [`trusted_proxies`](crate::App::trusted_proxies). A client
///   whose address is not known has no such limit.
/// - With [`Exceeded::Wait`], a connection waits for its turn among those of its address, for at most 60 s at a time.
/// - A client that closes its connections and comes back does not get a new burst. The app remembers up to 1,024
///   addresses without a connection until their bursts are refilled.
///
/// ```
/// use ws_core::prelude::*;
/// use ws_core::{Exceeded, RateLimit};
///
/// #[websocket("/chat", rate_limit(messages = 20), rate_limit_per_address(messages = 100, exceeded = "close"))]
/// #[derive(Default)]
/// struct Chat;
///
/// #[websocket]
/// impl Chat {}
///
/// let app = App::new().rate_limit_per_address(RateLimit::new().bytes(1 << 20).exceeded(Exceeded::Wait));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct RateLimit {
    pub(crate) messages: Option<u32>,
    pub(crate) burst: Option<u32>,
    pub(crate) bytes: Option<usize>,
    pub(crate) bytes_burst: Option<usize>,
    pub(crate) exceeded: Exceeded,
}

/// The behavior of a connection whose client exceeds its [`RateLimit`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exceeded {
    /// Stops reading until the client may send again, for at most 60 s at a time: TCP holds the client back, and nothing
    /// is lost. Its pings wait, too, and neither the idle timeout nor the heartbeat runs meanwhile. Messages to the
    /// client still go out. The default.
    #[default]
    Wait,
    /// Drops the message. A ping that is dropped is still answered.
    Drop,
    /// Closes the connection with code 1008 and a reason that names the limit.
    Close,
}

/// Returns the error text if a value is out of range.
macro_rules! problem {
    ($limit:ident, $name:literal) => {
        match $limit {
            Self { messages: None, bytes: None, .. } => {
                Some(concat!($name, " must limit `messages` or `bytes` per second; use `None` to disable it"))
            }
            Self { messages: Some(0), .. } | Self { bytes: Some(0), .. } => {
                Some(concat!($name, " must allow at least 1 message and 1 byte per second"))
            }
            Self { burst: Some(0), .. } | Self { bytes_burst: Some(0), .. } => {
                Some(concat!("the burst of a ", $name, " must be at least 1"))
            }
            Self { messages: None, burst: Some(_), .. } => {
                Some(concat!("`burst` of a ", $name, " is a number of messages; set `messages`, too"))
            }
            Self { bytes: None, bytes_burst: Some(_), .. } => {
                Some(concat!("`bytes_burst` of a ", $name, " needs `bytes`; set it, too"))
            }
            _ => None,
        }
    };
}

impl RateLimit {
    /// Creates a limit without a rate. Call [`messages`](Self::messages) or [`bytes`](Self::bytes) next; without either,
    /// it is an error at startup.
    pub const fn new() -> Self {
        Self { messages: None, burst: None, bytes: None, bytes_burst: None, exceeded: Exceeded::Wait }
    }

    /// Sets how many messages a client may send per second, at least 1.
    pub const fn messages(mut self, per_second: u32) -> Self {
        self.messages = Some(per_second);
        self
    }

    /// Sets how many messages a client may send at once, at least 1. As many as per second by default.
    pub const fn burst(mut self, messages: u32) -> Self {
        self.burst = Some(messages);
        self
    }

    /// Sets how many bytes a client may send per second, at least 1.
    pub const fn bytes(mut self, per_second: usize) -> Self {
        self.bytes = Some(per_second);
        self
    }

    /// Sets how many bytes a client may send at once, at least 1. As many as per second by default.
    pub const fn bytes_burst(mut self, bytes: usize) -> Self {
        self.bytes_burst = Some(bytes);
        self
    }

    /// Sets the behavior beyond the limit.
    pub const fn exceeded(mut self, exceeded: Exceeded) -> Self {
        self.exceeded = exceeded;
        self
    }

    /// Returns the error text if a value of a connection's own limit is out of range.
    pub(crate) const fn problem(&self) -> Option<&'static str> {
        problem!(self, "`rate_limit`")
    }

    /// Returns the error text if a value of the limit of an address is out of range.
    pub(crate) const fn problem_per_address(&self) -> Option<&'static str> {
        problem!(self, "`rate_limit_per_address`")
    }
}
