//! Topics: messages and presence for many connections at once. In reading order: the [`hub`](mod@hub) and its
//! [`counts`]; how a connection joins and leaves [`topics`]; the [`topic_map`] that holds them; [`presence`].
//!
//! Locks are taken in this order, each for a moment: the subscriptions of a connection, a topic, a mailbox. The lock of a
//! shard of topics is taken between the first two and released before the second. No code of the user's runs under any
//! of them, and no value of the user's is dropped.

mod counts;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod hub;
mod presence;
#[cfg(test)]
mod tests;
mod topic_map;
mod topics;

pub use self::counts::DeliveryCounts;
pub use self::hub::Hub;
pub use self::presence::{PresenceEvent, Present};
pub use self::topics::TopicError;
pub(crate) use self::topics::Topics;
