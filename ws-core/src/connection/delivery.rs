//! The result of sending something to a connection or a service.

/// The result of sending something to a connection or a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// The message is queued. It can still be lost, for example if the connection ends before it is written.
    Queued,
    /// The queue was full, and this message was dropped. The route's `overflow` option decides whether the connection
    /// closes as well. [`Stats::dropped`](crate::Stats::dropped) counts the message.
    Dropped,
    /// The connection has ended or is closing, or the service has ended.
    Gone,
}

impl Delivery {
    /// Returns `true` if the message was queued.
    #[must_use]
    pub const fn is_queued(self) -> bool {
        matches!(self, Self::Queued)
    }
}
