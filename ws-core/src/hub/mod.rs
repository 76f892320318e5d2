//! Topics: messages and presence for many connections at once. In reading order: the [`hub`](mod@hub) and its
//! [`counts`]; how a connection joins and leaves [`topics`]; the [`topic_map`] that holds them; [`presence`], the
//! [`changes`] that wait for a watcher, and the [events](presence_event) that it receives;
//! [`watcher`], which is a connection or a service.
//!
//! Locks are taken in this order, each for a moment: the subscriptions of a connection, a topic, the changes that
//! wait for a watcher, a mailbox. The lock of a
//! shard of topics is taken between the first two and released before the second. No code of the user's runs under any
//! of them, and no value of the user's is dropped.

mod changes;
mod counts;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod hub;
mod presence;
mod presence_event;
#[cfg(test)]
mod tests;
mod topic_map;
mod topics;
mod watcher;

pub use self::counts::DeliveryCounts;
pub use self::hub::Hub;
pub use self::presence::Present;
pub(crate) use self::presence_event::IntoInfo;
pub use self::presence_event::{PresenceDiff, PresenceEvent};
pub(crate) use self::topics::Topics;
pub use self::topics::{LeftTopic, TopicError};
pub(crate) use self::watcher::{Watcher, WatcherId};
