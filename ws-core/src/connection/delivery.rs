//! The result of sending something to a connection or a service.

/// The result of sending something to a connection or a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// The message is queued. It can still be lost with the connection, like anything on a network.
    Queued,
    /// The queue was full, and a message was dropped: this one, or an older one, as the route's `overflow` option
    /// says. [`Stats::dropped`](crate::Stats::dropped) counts it.
    Dropped,
    /// The connection has ended or is closing.
    Gone,
}

impl Delivery {
    /// Returns `true` if the message was queued.
    #[must_use]
    pub const fn is_queued(self) -> bool {
        matches!(self, Self::Queued)
    }
}
