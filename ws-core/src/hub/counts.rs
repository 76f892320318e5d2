//! How many connections a message reached.

use super::position::Position;
use crate::connection::Delivery;

/// The number of connections that a message was queued for.
///
/// Connections that have ended or are closing are in neither count. A service counts as one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryCounts {
    /// Connections that the message is queued for.
    pub queued: usize,
    /// Connections whose mailbox was full, so that this message was dropped. Their [`Overflow`](crate::Overflow) option
    /// decides whether they close as well. A connection that drops an older message instead counts as queued.
    pub dropped: usize,
    /// The position of the topic after this message, if the topic keeps a [history](crate::App::history) and the message
    /// is neither a control frame nor a close.
    pub position: Option<Position>,
}

impl FromIterator<Delivery> for DeliveryCounts {
    fn from_iter<I: IntoIterator<Item = Delivery>>(deliveries: I) -> Self {
        let mut counts = Self::default();
        deliveries.into_iter().for_each(|delivery| counts.count(delivery));
        counts
    }
}

impl DeliveryCounts {
    pub(crate) const fn count(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Queued => self.queued += 1,
            Delivery::Dropped => self.dropped += 1,
            Delivery::Gone => {}
        }
    }
}
