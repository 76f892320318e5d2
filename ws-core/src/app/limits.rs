//! What bounds the connections of an app.

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
    /// `None`: never. 10 s by default.
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
