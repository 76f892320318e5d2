//! The limits of a connection and of an app. Those of a route override those of its app, which override the defaults.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::protocol::FrameLimits;
use crate::shared::address_rates::AddressRate;
use crate::shared::callbacks::CallbackLimits;
use crate::shared::heartbeat::Heartbeat;
#[cfg(feature = "http2")]
use crate::shared::http2::Http2;
use crate::shared::rate_limit::RateLimit;

/// The behavior of a full mailbox. A mailbox fills up if the client reads more slowly than messages are sent to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// Closes the connection with 1013. The default: a client never misses a message without noticing.
    #[default]
    Close,
    /// Drops the oldest queued items until the new one fits.
    DropOldest,
    /// Drops the new item. The sender gets [`Delivery::Dropped`](crate::Delivery::Dropped).
    DropNewest,
}

/// The capacity of a connection's mailbox, which holds the messages and infos that others send to the connection.
///
/// [`Stats::dropped`](crate::Stats::dropped) counts the items that did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MailboxLimits {
    /// The largest total size in bytes, of the payloads and the items themselves. An empty mailbox accepts one item of
    /// any size.
    pub(crate) bytes: usize,
    /// The largest number of items, messages and infos together.
    pub(crate) messages: Option<usize>,
    /// The behavior when either limit is reached.
    pub(crate) overflow: Overflow,
}

impl MailboxLimits {
    /// The limits until the upgrade is complete: the connection's task, which empties the mailbox, does not run yet.
    pub(crate) const fn of_greeting(self) -> Self {
        /// As much as `cx.send` may queue.
        const BYTES: usize = 16 << 20;
        Self { bytes: if self.bytes > BYTES { self.bytes } else { BYTES }, messages: None, ..self }
    }
}

/// Declares the limits of a connection, once for an app, a route and the route attribute. `with_limits!(name)` calls
/// the macro `name` with all of them: the docs, the setter's argument and what it stores, the default, and its text.
macro_rules! with_limits {
    ($callback:ident) => {
        $callback! {
            /// Closes a connection with code 1001 if no byte arrives from the client for this long; `None` disables it.
            ///
            /// The server pings the client in that time, so a client that answers is not idle; see
            /// [`heartbeat`](Self::heartbeat). A client that is still reading queued messages is not idle, nor is a paused
            /// connection. If the server itself was held up, because a callback blocked its thread or the process was
            /// frozen, the time begins anew.
            idle_timeout(after: impl Into<Option<Duration>>) -> Option<Duration> {
                after.into(); default Some(Duration::from_secs(60)), "60 s"
            }

            /// Sets the interval of the server's pings, at least 10 ms; `None` disables them. It must be shorter than the
            /// idle timeout, because the answers to the pings keep silent clients connected.
            heartbeat(every: impl Into<Option<Duration>>) -> Heartbeat {
                Heartbeat::of(every.into()); default Heartbeat::Automatic, "25 s, or half of a shorter idle timeout"
            }

            /// Sets the largest message that a client may send, in bytes, after decompression. A larger one closes the
            /// connection with code 1009. To receive large messages without holding them in memory, take a
            /// [`MessageStream`](crate::MessageStream) in the callback.
            max_message_size(bytes: usize) -> usize {
                bytes; default FrameLimits::DEFAULT.message, "1 MiB"
            }

            /// Sets the largest frame that a client may send, in bytes as received. A larger one closes the connection
            /// with code 1009. With `usize::MAX` only the message size is limited.
            max_frame_size(bytes: usize) -> usize {
                bytes; default FrameLimits::DEFAULT.frame, "`usize::MAX`"
            }

            /// Sets the largest number of frames in a message. A message with more closes the connection with code 1008;
            /// `usize::MAX` disables the limit.
            max_fragments(frames: usize) -> usize {
                frames; default FrameLimits::DEFAULT.fragments, "16,384"
            }

            /// Sets the largest payload of a frame that the server sends, in bytes. A larger message is sent in several
            /// frames, for clients that cannot read large ones. With `usize::MAX` each message is one frame.
            fragment_size(bytes: usize) -> usize {
                bytes; default usize::MAX, "`usize::MAX`"
            }

            /// Bounds the bytes that the system queues for a client and has not sent yet. A client that reads slowly then
            /// gets recent messages sooner, because fewer old ones are ahead of them. With `usize::MAX` the system
            /// decides, which may queue megabytes.
            ///
            /// Messages beyond it wait in the connection's mailbox, where its overflow option and
            /// [`Hub::publish_latest`](crate::Hub::publish_latest) apply. On Linux and Android this sets
            /// `TCP_NOTSENT_LOWAT`, elsewhere the size of the socket's send buffer, which also holds bytes that are sent
            /// and not acknowledged. It applies to TCP connections; 16 KiB is a good start.
            send_buffer(bytes: usize) -> usize {
                bytes; default usize::MAX, "`usize::MAX`"
            }

            /// Limits how many messages and bytes a client may send per second; `None` disables it. See
            /// [`RateLimit`](crate::RateLimit).
            rate_limit(rate: impl Into<Option<RateLimit>>) -> Option<RateLimit> {
                rate.into(); default None, "`None`"
            }

            /// Limits how many messages and bytes all connections of a client address may send per second together;
            /// `None` disables it. See [`RateLimit`](crate::RateLimit#addresses).
            rate_limit_per_address(rate: impl Into<Option<RateLimit>>) -> Option<RateLimit> {
                rate.into(); default None, "`None`"
            }

            /// Closes a connection with code 1008 if a message is incomplete this long after its first byte; `None`
            /// disables it. For a [`MessageStream`](crate::MessageStream), this is the longest time between two parts.
            message_timeout(after: impl Into<Option<Duration>>) -> Option<Duration> {
                after.into(); default Some(Duration::from_secs(60)), "60 s"
            }

            /// Drops a connection if the client accepts no bytes for this long while some wait to be written; `None`
            /// disables it.
            ///
            /// No close frame is sent: there is no room for one. Plain HTTP responses have their own timeout,
            /// [`App::http_write_timeout`](crate::App::http_write_timeout).
            write_timeout(after: impl Into<Option<Duration>>) -> Option<Duration> {
                after.into(); default Some(Duration::from_secs(10)), "10 s"
            }

            /// Limits the close handshake: a connection is dropped if the client has not answered the close frame and
            /// ended its stream after this time. You cannot disable it.
            close_timeout(after: Duration) -> Duration {
                after; default Duration::from_secs(5), "5 s"
            }

            /// Limits `#[init]` of a handler, and `#[join]` of a service, each with its extractors. If it has not returned
            /// after this long, its future is dropped at its current `.await`, and the client gets a 503 response. `None`
            /// disables it.
            ///
            /// `#[rejoin]` of a service has the same limit, and its `#[init]` a longer one; see
            /// [`Service`](crate::service::Service#time-limits).
            init_timeout(after: impl Into<Option<Duration>>) -> Option<Duration> {
                after.into(); default CallbackLimits::DEFAULT.init, "30 s"
            }

            /// Limits `#[terminate]` of a handler, and `#[close]` and `#[terminate]` of a service. If it has not returned
            /// after this long, its future is dropped at its current `.await`, and the connection no longer counts as
            /// open. `None` disables it.
            terminate_timeout(after: impl Into<Option<Duration>>) -> Option<Duration> {
                after.into(); default CallbackLimits::DEFAULT.terminate, "30 s"
            }

            /// Sets how many bytes a connection's mailbox holds. The mailbox queues the messages and infos that others
            /// send to the connection; if one does not fit, [`mailbox_overflow`](Self::mailbox_overflow) applies.
            ///
            /// Each item counts with its payload and with about 50 bytes of its own. Of an info, only the value itself
            /// counts, unless its type states with [`HeapSize`](crate::HeapSize) how much it holds on the heap. An empty
            /// mailbox accepts one item of any size.
            ///
            /// Messages that are sent to the connection before its upgrade is complete, in `#[init]` or `#[join]`, may
            /// have 16 MiB, or the mailbox's size if it is larger, and do not count afterwards. Changes of presence and
            /// the results of [`Context::spawn`](crate::Context::spawn) never count.
            mailbox_bytes(bytes: usize) -> usize {
                bytes; default 1 << 20, "1 MiB"
            }

            /// Sets how many items a connection's mailbox holds, messages and infos together, in addition to the limit
            /// in bytes; `None` disables it. A burst of more items overflows the mailbox of a client that is not slow,
            /// so set it only if an item costs you more than its bytes.
            mailbox_messages(messages: impl Into<Option<usize>>) -> Option<usize> {
                messages.into(); default None, "`None`"
            }

            /// Sets the behavior of a connection's mailbox when it is full.
            mailbox_overflow(overflow: Overflow) -> Overflow {
                overflow; default Overflow::Close, "[`Overflow::Close`](crate::Overflow::Close)"
            }
        }
    };
}
pub(crate) use with_limits;

macro_rules! declare_limits {
    ($(
        $(#[$doc:meta])*
        $name:ident($argument:ident: $taken:ty) -> $stored:ty { $value:expr; default $default:expr, $text:literal }
    )*) => {
        /// The limits of one connection.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct Limits {
            $($(#[$doc])* pub(crate) $name: $stored,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }
    };
}
with_limits!(declare_limits);

impl Limits {
    /// The capacity of the connection's mailbox.
    pub(crate) const fn mailbox(&self) -> MailboxLimits {
        MailboxLimits {
            bytes: self.mailbox_bytes,
            messages: self.mailbox_messages,
            overflow: self.mailbox_overflow,
        }
    }

    /// The limits that the protocol itself checks.
    pub(crate) const fn frames(&self) -> FrameLimits {
        FrameLimits {
            message: self.max_message_size,
            frame: self.max_frame_size,
            fragments: self.max_fragments,
        }
    }

    /// The time limits of callbacks.
    pub(crate) const fn callbacks(&self) -> CallbackLimits {
        CallbackLimits { init: self.init_timeout, terminate: self.terminate_timeout }
    }

    /// Returns the error text if a limit is out of range.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.idle_timeout == Some(Duration::ZERO) {
            Some("`idle_timeout` must be greater than zero; use `None` to disable it")
        } else if matches!(self.heartbeat, Heartbeat::Every(every) if every < Heartbeat::SHORTEST) {
            Some("`heartbeat` must be at least 10 ms; use `None` to disable it")
        } else if self.heartbeat.is_too_long(self.idle_timeout) {
            Some(
                "`heartbeat` must be shorter than `idle_timeout`; leave it out for a ping at half of that time",
            )
        } else if self.max_message_size == 0 {
            Some("`max_message_size` must be at least 1")
        } else if self.max_frame_size == 0 {
            Some("`max_frame_size` must be at least 1")
        } else if self.max_fragments == 0 {
            Some("`max_fragments` must be at least 1 (1 allows only unfragmented messages)")
        } else if self.fragment_size == 0 {
            Some("`fragment_size` must be at least 1; use `usize::MAX` to send each message as one frame")
        } else if self.send_buffer == 0 {
            Some("`send_buffer` must be at least 1 byte; use `usize::MAX` for the system's default")
        } else if self.message_timeout == Some(Duration::ZERO) {
            Some("`message_timeout` must be greater than zero; use `None` to disable it")
        } else if self.write_timeout == Some(Duration::ZERO) {
            Some("`write_timeout` must be greater than zero; use `None` to disable it")
        } else if self.close_timeout == Duration::ZERO {
            Some("`close_timeout` must be greater than zero; it cannot be disabled")
        } else if self.init_timeout == Some(Duration::ZERO) {
            Some("`init_timeout` must be greater than zero; use `None` to disable it")
        } else if self.terminate_timeout == Some(Duration::ZERO) {
            Some("`terminate_timeout` must be greater than zero; use `None` to disable it")
        } else if self.mailbox_bytes == 0 {
            Some("`mailbox_bytes` must be at least 1")
        } else if self.mailbox_messages == Some(0) {
            Some("`mailbox_messages` must be at least 1; use `None` to disable it")
        } else {
            let own = self.rate_limit.as_ref().and_then(RateLimit::problem);
            own.or_else(|| self.rate_limit_per_address.as_ref().and_then(RateLimit::problem_per_address))
        }
    }
}

/// The limits of a connection. The connections of a route share them, until one of them changes its own.
#[derive(Clone, Debug)]
pub(crate) struct SharedLimits {
    limits: Arc<Limits>,
    frames: Arc<FrameLimits>,
    mailbox: Arc<MailboxLimits>,
    /// The limit that the connections of the client's address share.
    address_rate: Option<Arc<AddressRate>>,
}

impl From<Limits> for SharedLimits {
    fn from(limits: Limits) -> Self {
        let (frames, mailbox) = (Arc::new(limits.frames()), Arc::new(limits.mailbox()));
        Self { limits: Arc::new(limits), frames, mailbox, address_rate: None }
    }
}

impl Deref for SharedLimits {
    type Target = Arc<Limits>;

    fn deref(&self) -> &Arc<Limits> {
        &self.limits
    }
}

impl SharedLimits {
    /// The capacity of the connection's mailbox.
    pub(crate) const fn mailbox(&self) -> &Arc<MailboxLimits> {
        &self.mailbox
    }

    /// The limits that the protocol itself checks.
    pub(crate) const fn frames(&self) -> &Arc<FrameLimits> {
        &self.frames
    }

    /// Returns the limits, to change the times of this connection.
    pub(crate) fn times_mut(&mut self) -> &mut Limits {
        Arc::make_mut(&mut self.limits)
    }

    /// The limit that the connections of the client's address share.
    pub(crate) const fn address_rate(&self) -> Option<&Arc<AddressRate>> {
        self.address_rate.as_ref()
    }

    pub(crate) fn set_address_rate(&mut self, rate: AddressRate) {
        self.address_rate = Some(Arc::new(rate));
    }

    /// Sets how much this client may send per second.
    pub(crate) fn set_rate_limit(&mut self, rate: Option<RateLimit>) {
        Arc::make_mut(&mut self.limits).rate_limit = rate;
    }

    /// Sets the largest message that this client may send, in bytes.
    pub(crate) fn set_max_message_size(&mut self, bytes: usize) {
        Arc::make_mut(&mut self.limits).max_message_size = bytes;
        Arc::make_mut(&mut self.frames).message = bytes;
    }
}

/// The limits of a whole app.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AppLimits {
    pub(crate) connections: Option<usize>,
    pub(crate) connections_per_address: Option<usize>,
    pub(crate) half_open: usize,
    pub(crate) backlog: u32,
    pub(crate) http_requests: Option<usize>,
    /// The time that an HTTP connection may wait for its next request.
    pub(crate) keep_alive: Option<Duration>,
    pub(crate) http_read_timeout: Option<Duration>,
    pub(crate) http_write_timeout: Option<Duration>,
    /// `None`: only HTTP/1.1 is spoken.
    #[cfg(feature = "http2")]
    pub(crate) http2: Option<Http2>,
    pub(crate) history_topics: usize,
    pub(crate) history_bytes: usize,
}

impl Default for AppLimits {
    fn default() -> Self {
        Self {
            connections: None,
            connections_per_address: None,
            half_open: 4096,
            backlog: 4096,
            http_requests: Some(16_384),
            keep_alive: Some(Duration::from_secs(75)),
            http_read_timeout: Some(Duration::from_secs(60)),
            http_write_timeout: Some(Duration::from_secs(60)),
            #[cfg(feature = "http2")]
            http2: None,
            history_topics: 16_384,
            history_bytes: 64 << 20,
        }
    }
}

impl AppLimits {
    /// Returns the error text if a limit is out of range.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.connections == Some(0) {
            Some("`max_connections` must be at least 1; use `None` to disable the limit")
        } else if self.connections_per_address == Some(0) {
            Some("`max_connections_per_address` must be at least 1; use `None` to disable the limit")
        } else if self.half_open == 0 {
            Some("`max_half_open` must be at least 1")
        } else if self.backlog == 0 {
            Some("`backlog` must be at least 1")
        } else if self.http_requests == Some(0) {
            Some("`max_http_requests` must be at least 1; use `None` to disable the limit")
        } else if self.keep_alive == Some(Duration::ZERO) {
            Some("`keep_alive_timeout` must be greater than zero; use `None` to disable it")
        } else if self.http_read_timeout == Some(Duration::ZERO) {
            Some("`http_read_timeout` must be greater than zero; use `None` to disable it")
        } else if self.http_write_timeout == Some(Duration::ZERO) {
            Some("`http_write_timeout` must be greater than zero; use `None` to disable it")
        } else if self.history_topics == 0 {
            Some("`max_history_topics` must be at least 1")
        } else if self.history_bytes == 0 {
            Some("`max_history_bytes` must be at least 1")
        } else {
            #[cfg(feature = "http2")]
            let problem = self.http2.as_ref().and_then(Http2::problem);
            #[cfg(not(feature = "http2"))]
            let problem = None;
            problem
        }
    }
}
