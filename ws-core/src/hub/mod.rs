//! Topics: messages and presence for many connections at once. In reading order: the [`hub`](mod@hub) and its
//! [`counts`]; how a connection joins and leaves [`topics`]; the [`topic_map`] that holds them, and one [`topic`];
//! [`history`], with the [`rules`] for which topics keep one, the [`ring`] of one topic, its [`position`]s, the [`archive`]
//! of all rings, the [`recorder`] that adds to them and replays, and the [`recovery`] of a client; [`presence`], the
//! [`changes`] that wait for a watcher, and the [events](presence_event) that it receives;
//! [`watcher`], which is a connection or a service.
//!
//! Locks are taken in this order, each for a moment: the subscriptions of a connection, a topic, the changes that
//! wait for a watcher, a mailbox or an index of the archive. The lock of a
//! shard of topics is taken between the first two and released before the second. No code of the user's runs under any
//! of them, and no value of the user's is dropped.

mod archive;
mod changes;
mod counts;
mod history;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod hub;
mod position;
mod presence;
mod presence_event;
mod recorder;
mod recovery;
mod ring;
mod rules;
#[cfg(test)]
mod tests;
mod topic;
mod topic_map;
mod topics;
mod watcher;

pub(crate) use self::archive::ArchiveLimits;
pub use self::counts::DeliveryCounts;
pub use self::history::{History, Stamp};
pub use self::hub::Hub;
pub use self::position::{InvalidPosition, Position};
pub use self::presence::Present;
pub(crate) use self::presence_event::IntoInfo;
pub use self::presence_event::{PresenceDiff, PresenceEvent};
pub use self::recovery::{NotRecovered, Recovery};
#[cfg(feature = "pages")]
pub(crate) use self::ring::Evicted;
pub(crate) use self::rules::Rules;
#[cfg(feature = "pages")]
pub(crate) use self::topics::NAME;
pub(crate) use self::topics::Topics;
pub use self::topics::{LeftTopic, TopicError};
pub(crate) use self::watcher::{Watcher, WatcherId};
