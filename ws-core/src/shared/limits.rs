//! The limits of a connection and of an app. Those of a route override those of its app, which override the defaults.

use std::time::Duration;

use crate::protocol::FrameLimits;

/// The behavior of a full mailbox. A mailbox fills up if the client reads more slowly than messages are sent to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// Closes the connection with 1013. The default: a client never misses a message without noticing.
    #[default]
    Close,
    /// Drops the oldest queued items until the new one fits.
    DropOldest,
    /// Drops the new item. The sender gets [`Delivery::Dropped`](crate::Delivery::Dropped).
    DropNewest,
}

/// The capacity of a connection's mailbox. It holds the messages and infos that others send to the connection.
///
/// [`Stats::dropped`](crate::Stats::dropped) counts the items that did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MailboxLimits {
    /// The largest number of items, messages and infos together. 256 by default.
    pub(crate) messages: usize,
    /// The largest total size in bytes, of the payloads and the items themselves. An empty mailbox accepts one item of
    /// any size. 1 MiB by default.
    pub(crate) bytes: usize,
    /// The behavior when either limit is reached.
    pub(crate) overflow: Overflow,
}

/// The limits of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Closes the connection with 1001 if no byte arrives from the client for this long; `None` disables it. 60 s by
    /// default.
    pub(crate) idle_timeout: Option<Duration>,
    /// The interval of the server's pings; `None` disables them. 25 s by default.
    pub(crate) heartbeat: Option<Duration>,
    /// The largest message that the client may send, in bytes, after decompression. A larger one closes the connection
    /// with 1009. 1 MiB by default.
    pub(crate) max_message_size: usize,
    /// The largest frame that the client may send, in bytes as received. A larger one closes the connection with 1009.
    /// The default is `usize::MAX`: only the message size is limited.
    pub(crate) max_frame_size: usize,
    /// The largest number of frames in a message. A message with more closes the connection with 1008; `usize::MAX`
    /// disables the limit. 16,384 by default.
    pub(crate) max_fragments: usize,
    /// Closes the connection with 1008 if a message is incomplete this long after its first byte; `None` disables it.
    /// 60 s by default.
    pub(crate) message_timeout: Option<Duration>,
    /// Drops the connection, without a close frame, if the client accepts no bytes for this long while some wait to be
    /// written; `None` disables it. 10 s by default.
    pub(crate) write_timeout: Option<Duration>,
    /// Drops the connection if the client has not answered the close frame and ended its stream after this time. 5 s by
    /// default.
    pub(crate) close_timeout: Duration,
    /// The capacity of the connection's mailbox.
    pub(crate) mailbox: MailboxLimits,
}

impl Default for Limits {
    fn default() -> Self {
        let frames = FrameLimits::default();
        Self {
            idle_timeout: Some(Duration::from_secs(60)),
            heartbeat: Some(Duration::from_secs(25)),
            max_message_size: frames.message,
            max_frame_size: frames.frame,
            max_fragments: frames.fragments,
            message_timeout: Some(Duration::from_secs(60)),
            write_timeout: Some(Duration::from_secs(10)),
            close_timeout: Duration::from_secs(5),
            mailbox: MailboxLimits { messages: 256, bytes: 1 << 20, overflow: Overflow::Close },
        }
    }
}

impl Limits {
    /// The limits that the protocol itself checks.
    pub(crate) const fn frames(&self) -> FrameLimits {
        FrameLimits {
            message: self.max_message_size,
            frame: self.max_frame_size,
            fragments: self.max_fragments,
        }
    }

    pub(crate) const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(10);

    /// Returns the error text if a limit is out of range.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.idle_timeout == Some(Duration::ZERO) {
            Some("`idle_timeout` must be greater than zero; use `None` to disable it")
        } else if self.heartbeat.is_some_and(|every| every < Self::SHORTEST_HEARTBEAT) {
            Some("`heartbeat` must be at least 10 ms; use `None` to disable it")
        } else if self.max_message_size == 0 {
            Some("`max_message_size` must be at least 1")
        } else if self.max_frame_size == 0 {
            Some("`max_frame_size` must be at least 1")
        } else if self.max_fragments == 0 {
            Some("`max_fragments` must be at least 1 (1 allows only unfragmented messages)")
        } else if self.message_timeout == Some(Duration::ZERO) {
            Some("`message_timeout` must be greater than zero; use `None` to disable it")
        } else if self.write_timeout == Some(Duration::ZERO) {
            Some("`write_timeout` must be greater than zero; use `None` to disable it")
        } else if self.close_timeout == Duration::ZERO {
            Some("`close_timeout` must be greater than zero; it cannot be disabled")
        } else if self.mailbox.messages == 0 || self.mailbox.bytes == 0 {
            Some("`mailbox` must hold at least 1 message and 1 byte")
        } else {
            None
        }
    }
}

/// The limits of a whole app.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AppLimits {
    pub(crate) connections: Option<usize>,
    pub(crate) connections_per_address: Option<usize>,
    pub(crate) half_open: usize,
}

impl Default for AppLimits {
    fn default() -> Self {
        Self { connections: None, connections_per_address: None, half_open: 4096 }
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
        } else {
            None
        }
    }
}
