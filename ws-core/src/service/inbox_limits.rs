//! The limits of a service's inbox.

/// The behavior of a service's full inbox, for the messages of its members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboxOverflow {
    /// The message waits with its connection, which reads nothing more until the service has caught up. The default:
    /// nothing is lost, and TCP slows the client down.
    #[default]
    Wait,
    /// Closes the connection of the sender with 1013.
    Close,
    /// Drops the oldest queued messages, of any member, until the new one fits.
    /// [`Stats::dropped`](crate::Stats::dropped) counts them.
    DropOldest,
    /// Drops the new message. [`Stats::dropped`](crate::Stats::dropped) counts it.
    DropNewest,
}

/// The capacity of a service's inbox, for the messages of its members. Infos from the program have a separate capacity
/// of the same size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InboxLimits {
    /// The largest total size in bytes, of the payloads and the entries themselves. An empty inbox accepts one message of
    /// any size. 4 MiB by default.
    pub(crate) bytes: usize,
    /// The largest number of messages, of all members together: each counts as at least `bytes / messages`. No limit by
    /// default, unless members wait for capacity.
    pub(crate) messages: Option<usize>,
    /// The behavior when either limit is reached.
    pub(crate) overflow: InboxOverflow,
}

impl Default for InboxLimits {
    fn default() -> Self {
        Self { bytes: 4 << 20, messages: None, overflow: InboxOverflow::Wait }
    }
}
