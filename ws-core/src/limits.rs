//! What bounds a connection, and how a route says it: route attribute over app over default.

use std::time::Duration;

use crate::compression::Compression;

/// What happens when a mailbox is full (C13: too slow a client).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// The connection closes with 1013. The default: nothing is lost unseen.
    #[default]
    Close,
    /// The oldest waiting entry is dropped and counted.
    DropOldest,
    /// What does not fit is dropped and counted; the sender is told.
    DropNewest,
}

/// How much may wait in front of a connection, and what happens then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxLimits {
    /// Entries: messages and infos together. 256 by default.
    pub messages: usize,
    /// Bytes of them all: payloads, and the size of each entry itself; an empty mailbox takes one message of any size.
    /// 1 MiB by default.
    pub bytes: usize,
    /// What happens at either bound.
    pub overflow: Overflow,
}

/// What happens to a member's message when the inbox of its service is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InboxOverflow {
    /// It waits with its connection, which reads nothing more until the service has caught up. The default: nothing is
    /// lost, and TCP tells the client.
    #[default]
    Wait,
    /// Its connection closes with 1013.
    Close,
    /// The oldest waiting message, whoever's it is, is dropped and counted.
    DropOldest,
    /// It is dropped and counted.
    DropNewest,
}

/// How much may wait in front of a service, and what happens then. What the program says to it has as much room again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxLimits {
    /// Messages of all its members together. 1,024 by default.
    pub messages: usize,
    /// Bytes of them all, in which each counts for its share at least, `bytes / messages`; an empty inbox takes one
    /// message of any size. 4 MiB by default.
    pub bytes: usize,
    /// What happens at either bound.
    pub overflow: InboxOverflow,
}

impl Default for InboxLimits {
    fn default() -> Self {
        Self { messages: 1024, bytes: 4 << 20, overflow: InboxOverflow::Wait }
    }
}

/// The bounds of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The connection closes (1001) after so long without a byte from the client; `None`: never. 60 s by default.
    pub idle_timeout: Option<Duration>,
    /// How often the server pings; `None`: never. 25 s by default.
    pub heartbeat: Option<Duration>,
    /// The largest message that a client may send, in bytes, after inflating (1009; C17). 1 MiB by default.
    pub max_message_size: usize,
    /// The largest frame that a client may send, in bytes as it comes (1009; C17). `usize::MAX`, the default: as large
    /// as a message may be.
    pub max_frame_size: usize,
    /// The most frames that one message may come in (1008); `usize::MAX`: any number. 16,384 by default.
    pub max_fragments: usize,
    /// A message that has begun must be whole after so long (1008); `None`: never. 60 s by default.
    pub message_timeout: Option<Duration>,
    /// The connection is cut when what is to be written finds no room for so long, since the client does not read;
    /// `None`: never. 10 s by default.
    pub write_timeout: Option<Duration>,
    /// The connection is cut when our close frame is not answered for so long. 5 s by default.
    pub close_timeout: Duration,
    /// What may wait in front of the connection.
    pub mailbox: MailboxLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle_timeout: Some(Duration::from_secs(60)),
            heartbeat: Some(Duration::from_secs(25)),
            max_message_size: 1 << 20,
            max_frame_size: usize::MAX,
            max_fragments: 16_384,
            message_timeout: Some(Duration::from_secs(60)),
            write_timeout: Some(Duration::from_secs(10)),
            close_timeout: Duration::from_secs(5),
            mailbox: MailboxLimits { messages: 256, bytes: 1 << 20, overflow: Overflow::Close },
        }
    }
}

impl Limits {
    pub(crate) const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(10);

    /// Why these limits cannot be meant, if they cannot.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.idle_timeout == Some(Duration::ZERO) {
            Some("an idle timeout of zero closes every connection at once; `None` turns it off")
        } else if self.heartbeat.is_some_and(|every| every < Self::SHORTEST_HEARTBEAT) {
            Some("a heartbeat of less than 10 ms does nothing but ping; `None` turns it off")
        } else if self.max_message_size == 0 {
            Some("`max_message_size` of zero takes no message at all")
        } else if self.max_frame_size == 0 {
            Some("`max_frame_size` of zero takes no frame that has anything in it")
        } else if self.max_fragments == 0 {
            Some("`max_fragments` of zero takes no message at all; one is a message that is not fragmented")
        } else if self.message_timeout == Some(Duration::ZERO) {
            Some("a message timeout of zero takes no message that comes in two pieces; `None` turns it off")
        } else if self.write_timeout == Some(Duration::ZERO) {
            Some(
                "a write timeout of zero cuts every connection that is slow for a moment; `None` turns it off",
            )
        } else if self.close_timeout == Duration::ZERO {
            Some("a close timeout of zero cuts every connection before its client can answer the close frame")
        } else if self.mailbox.messages == 0 || self.mailbox.bytes == 0 {
            Some("a mailbox of zero messages or bytes takes nothing")
        } else {
            None
        }
    }
}

/// The bounds of an app as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) connections: Option<usize>,
    pub(crate) connections_per_address: Option<usize>,
    pub(crate) half_open: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { connections: None, connections_per_address: None, half_open: 4096 }
    }
}

impl Bounds {
    /// Why these bounds cannot be meant, if they cannot.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        if self.connections == Some(0) {
            Some("`max_connections` of zero takes nobody; `None` takes any number")
        } else if self.connections_per_address == Some(0) {
            Some("`max_connections_per_address` of zero takes nobody; `None` takes any number")
        } else if self.half_open == 0 {
            Some("`max_half_open` of zero takes nobody")
        } else {
            None
        }
    }
}

/// Which origins a browser's page may connect from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Those of this server and of the app's public urls. The default.
    Same,
    /// These besides: `"https://example.com"`, `"https://*.example.com"`.
    These(&'static [&'static str]),
    /// Every one.
    Any,
}

/// What a route says of itself; what it leaves out is the app's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RouteOptions {
    #[expect(clippy::option_option, reason = "left out, or `never`, or a duration")]
    pub(crate) idle_timeout: Option<Option<Duration>>,
    #[expect(clippy::option_option, reason = "left out, or `off`, or a duration")]
    pub(crate) heartbeat: Option<Option<Duration>>,
    pub(crate) max_message_size: Option<usize>,
    pub(crate) max_frame_size: Option<usize>,
    pub(crate) max_fragments: Option<usize>,
    #[expect(clippy::option_option, reason = "left out, or `never`, or a duration")]
    pub(crate) message_timeout: Option<Option<Duration>>,
    #[expect(clippy::option_option, reason = "left out, or `never`, or a duration")]
    pub(crate) write_timeout: Option<Option<Duration>>,
    pub(crate) close_timeout: Option<Duration>,
    pub(crate) mailbox_messages: Option<usize>,
    pub(crate) mailbox_bytes: Option<usize>,
    pub(crate) overflow: Option<Overflow>,
    pub(crate) inbox: InboxOptions,
    pub(crate) subprotocols: &'static [&'static str],
    pub(crate) origins: Option<Origins>,
    #[expect(clippy::option_option, reason = "left out, or `off`, or a setting")]
    pub(crate) compression: Option<Option<Compression>>,
}

/// What the route of a service says of its inbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InboxOptions {
    pub(crate) messages: Option<usize>,
    pub(crate) bytes: Option<usize>,
    pub(crate) overflow: Option<InboxOverflow>,
}

impl InboxOptions {
    /// The limits, if anything is said of them.
    pub(crate) fn limits(self) -> Option<InboxLimits> {
        let default = InboxLimits::default();
        (self != Self::default()).then(|| InboxLimits {
            messages: self.messages.unwrap_or(default.messages),
            bytes: self.bytes.unwrap_or(default.bytes),
            overflow: self.overflow.unwrap_or(default.overflow),
        })
    }
}

impl RouteOptions {
    pub(crate) const NONE: Self = Self {
        idle_timeout: None,
        heartbeat: None,
        max_message_size: None,
        max_frame_size: None,
        max_fragments: None,
        message_timeout: None,
        write_timeout: None,
        close_timeout: None,
        mailbox_messages: None,
        mailbox_bytes: None,
        overflow: None,
        inbox: InboxOptions { messages: None, bytes: None, overflow: None },
        subprotocols: &[],
        origins: None,
        compression: None,
    };

    /// The route's word over the app's.
    pub(crate) fn over(&self, app: &Limits) -> Limits {
        Limits {
            idle_timeout: self.idle_timeout.unwrap_or(app.idle_timeout),
            heartbeat: self.heartbeat.unwrap_or(app.heartbeat),
            max_message_size: self.max_message_size.unwrap_or(app.max_message_size),
            max_frame_size: self.max_frame_size.unwrap_or(app.max_frame_size),
            max_fragments: self.max_fragments.unwrap_or(app.max_fragments),
            message_timeout: self.message_timeout.unwrap_or(app.message_timeout),
            write_timeout: self.write_timeout.unwrap_or(app.write_timeout),
            close_timeout: self.close_timeout.unwrap_or(app.close_timeout),
            mailbox: MailboxLimits {
                messages: self.mailbox_messages.unwrap_or(app.mailbox.messages),
                bytes: self.mailbox_bytes.unwrap_or(app.mailbox.bytes),
                overflow: self.overflow.unwrap_or(app.mailbox.overflow),
            },
        }
    }
}
