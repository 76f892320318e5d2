//! How a connection joins and leaves topics. It joins a topic by subscribing to it, by tracking an identity at it, or
//! by watching its presence. It leaves all of its topics when it ends.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::archive::ArchiveLimits;
use super::counts::DeliveryCounts;
#[cfg(feature = "pages")]
use super::history::Stamping;
use super::position::Position;
use super::presence::Present;
use super::presence_event::IntoInfo;
use super::recovery::{NotRecovered, Recovery};
use super::ring::Evicted;
use super::rules::Rules;
use super::topic_map::TopicMap;
use super::watcher::{Watcher, WatcherId};
use crate::connection::{Connection, ConnectionId, Joined};
use crate::message::Message;
use crate::shared::log_limit::Line;
use crate::shared::stats::Counters;

/// The largest number of topics that a connection may join. A topic that it subscribes to and watches counts twice, and
/// each identity that it tracks at a topic counts once.
const TOPICS: usize = 4096;
/// The longest name of a topic or an identity, in bytes.
pub(crate) const NAME: usize = 256;
/// The longest `meta` value of an identity, in bytes of JSON.
const META: usize = 16 << 10;

/// Why a connection could not track an identity, watch a topic, or subscribe from a position.
#[derive(Debug)]
#[non_exhaustive]
pub enum TopicError {
    /// The `meta` value cannot be written as JSON.
    Meta(serde_json::Error),
    /// The connection has joined 4,096 topics, a name is longer than 256 bytes, or `meta` is longer than 16 KiB. The
    /// connection closes with code 1013. For a service that watches too many topics, and for a page that is subscribed to
    /// 1,024, it is only this error.
    OutOfBounds,
    /// The connection, or the page session, has ended.
    Closed,
    /// The topic keeps no history, or its name is longer than 256 bytes.
    NoHistory(Box<str>),
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Meta(value) => write!(f, "`meta` cannot be serialized as JSON: {value}"),
            Self::OutOfBounds => write!(
                f,
                "a connection can join at most {TOPICS} topics, and a page 1024; a topic or `id` can have at most {NAME} bytes, a \
                 `meta` at most {META} bytes"
            ),
            Self::Closed => f.write_str("the connection has ended"),
            Self::NoHistory(value) => {
                write!(f, "topic `{value}` keeps no history; add `App::history` with its name or a pattern")
            }
        }
    }
}

impl std::error::Error for TopicError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Meta(error) => Some(error),
            _ => None,
        }
    }
}

impl From<serde_json::Error> for TopicError {
    fn from(error: serde_json::Error) -> Self {
        Self::Meta(error)
    }
}

impl TopicError {
    pub(crate) fn no_history(topic: &str) -> Self {
        Self::NoHistory(topic.chars().take(NAME).collect::<String>().into())
    }
}

/// The ways in which a connection was at a topic, from [`Context::leave`](crate::Context::leave).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftTopic {
    /// It was subscribed.
    pub subscribed: bool,
    /// It watched the presence.
    pub watched: bool,
    /// The identities that it tracked, sorted.
    pub identities: Vec<Arc<str>>,
}

impl LeftTopic {
    /// Returns `true` if the connection was at the topic in any way.
    #[must_use]
    pub const fn was_there(&self) -> bool {
        self.subscribed || self.watched || !self.identities.is_empty()
    }
}

/// The topics of an app.
#[derive(Default)]
pub(crate) struct Topics {
    map: TopicMap,
}

impl Topics {
    /// Sets the topics that keep a history. An app starts once.
    pub(crate) fn keep(&self, rules: Rules, limits: ArchiveLimits) {
        self.map.keep(rules, limits);
    }

    pub(crate) fn position(&self, stats: &Counters, topic: &str) -> Result<Position, TopicError> {
        self.map.position(stats, topic).ok_or_else(|| TopicError::no_history(topic))
    }

    pub(super) fn publish(
        &self,
        counters: &Counters,
        topic: &str,
        message: &Message,
        except: Option<ConnectionId>,
        key: Option<&Arc<str>>,
    ) -> DeliveryCounts {
        self.map.publish(counters, topic, message, except, key)
    }

    pub(super) fn names(&self) -> Vec<Arc<str>> {
        self.map.names()
    }

    pub(crate) fn subscribers(&self, topic: &str) -> Vec<ConnectionId> {
        self.map.subscribers(topic)
    }

    pub(super) fn count(&self, topic: &str) -> usize {
        self.map.count(topic)
    }

    pub(super) fn present(&self, topic: &str) -> Vec<Present> {
        self.map.present(topic)
    }

    /// Subscribes the connection. Returns `false` if it is subscribed already, or closing.
    pub(crate) fn subscribe(&self, connection: &Arc<Connection>, topic: &str) -> bool {
        let joined = join(connection, &[topic], |joined, may_join| {
            if joined.subscribed.contains(topic) {
                return Ok(false);
            }
            may_join(joined)?;
            Ok(joined.subscribed.insert(self.map.insert(topic, connection)))
        });
        joined.unwrap_or_default()
    }

    /// Subscribes the connection, and queues all messages after `from` for it, or none.
    pub(crate) fn subscribe_from(
        &self,
        connection: &Arc<Connection>,
        topic: &str,
        from: Option<Position>,
    ) -> Result<Recovery, TopicError> {
        let stats = &connection.shared.stats;
        let mut evicted = Evicted::default();
        let recovery = self.recover(connection, topic, from, &mut evicted);
        self.settle(stats, evicted);
        if let Some(recovery) = recovery? {
            return Ok(recovery);
        }
        let position = self.position(stats, topic)?;
        Ok(Recovery { position, missed: Err(NotRecovered::Subscribed) })
    }

    /// Like [`subscribe_from`](Self::subscribe_from), for a caller that holds a lock, and [settles](Self::settle) what is
    /// `evicted` without it. Returns `None` if the connection is subscribed already.
    pub(crate) fn recover(
        &self,
        connection: &Arc<Connection>,
        topic: &str,
        from: Option<Position>,
        evicted: &mut Evicted,
    ) -> Result<Option<Recovery>, TopicError> {
        join(connection, &[topic], |joined, may_join| {
            if joined.subscribed.contains(topic) {
                return Ok(None);
            }
            may_join(joined)?;
            let entered = self.map.insert_from(topic, connection, from, evicted);
            let (name, recovery) = entered.ok_or_else(|| TopicError::no_history(topic))?;
            joined.subscribed.insert(name);
            Ok(Some(recovery))
        })
    }

    /// Drops the messages that subscriptions have taken from histories, and enforces the bounds of all histories. That may
    /// drop values of the user's types, so the caller holds no lock.
    pub(crate) fn settle(&self, stats: &Counters, evicted: Evicted) {
        self.map.settle(stats, evicted);
    }

    /// Returns whether a topic keeps a history.
    #[cfg(feature = "pages")]
    pub(crate) fn keeps_history(&self, topic: &str) -> bool {
        self.map.history(topic).is_some()
    }

    /// Returns whether a topic keeps a history whose messages bring their position to the client script.
    #[cfg(feature = "pages")]
    pub(crate) fn stamps_json(&self, topic: &str) -> bool {
        self.map.history(topic).is_some_and(|history| matches!(history.stamp, Stamping::Json))
    }

    /// Unsubscribes the connection. Returns `true` if it was subscribed.
    pub(crate) fn unsubscribe(&self, connection: &Connection, topic: &str) -> bool {
        connection.subscriptions.leave(|joined| {
            let was = joined.subscribed.remove(topic);
            if was {
                self.map.remove(topic, connection);
            }
            was
        })
    }

    /// Adds this connection to the identity `id` at `topic`. Returns how many connections the identity has there.
    pub(crate) fn track(
        &self,
        connection: &Arc<Connection>,
        topic: &str,
        id: &str,
        meta: &str,
    ) -> Result<usize, TopicError> {
        let is_long = meta.len() > META;
        let meta = serde_json::from_str(meta)?;
        if is_long {
            return Err(out_of_bounds(connection));
        }
        let key = (Arc::<str>::from(topic), Arc::<str>::from(id));
        join(connection, &[topic, id], |joined, may_join| {
            if joined.tracked.contains(&key) {
                return Ok(self.map.connections(topic, id));
            }
            may_join(joined)?;
            let stats = &connection.shared.stats;
            let (topic, connections) = self.map.add_identity(stats, topic, &key.1, meta);
            joined.tracked.insert((topic, key.1.clone()));
            Ok(connections)
        })
    }

    /// Removes this connection from the identity. Returns `true` if it was tracked.
    pub(crate) fn untrack(&self, connection: &Connection, topic: &str, id: &str) -> bool {
        let key = (Arc::from(topic), Arc::from(id));
        connection.subscriptions.leave(|joined| {
            let tracked = joined.tracked.take(&key);
            if let Some((topic, id)) = &tracked {
                self.map.remove_identity(&connection.shared.stats, topic, id);
            }
            tracked.is_some()
        })
    }

    /// Sends the connection every change of presence at `topic`. Returns the identities that are present.
    pub(crate) fn watch(
        &self,
        connection: &Arc<Connection>,
        topic: &str,
        into_info: IntoInfo,
    ) -> Result<Vec<Present>, TopicError> {
        join(connection, &[topic], |joined, may_join| {
            if joined.watched.contains(topic) {
                return Ok(self.map.present(topic));
            }
            may_join(joined)?;
            let watcher = (WatcherId::Connection(connection.id), connection.clone() as _);
            let (topic, present) = self.map.add_watcher(&connection.shared.stats, topic, watcher, into_info);
            joined.watched.insert(topic);
            Ok(present)
        })
    }

    /// Stops watching `topic`. Returns `true` if the connection watched it.
    pub(crate) fn unwatch(&self, connection: &Connection, topic: &str) -> bool {
        connection.subscriptions.leave(|joined| {
            let was = joined.watched.remove(topic);
            if was {
                let stats = &connection.shared.stats;
                self.map.remove_watcher(stats, topic, WatcherId::Connection(connection.id));
            }
            was
        })
    }

    /// Leaves `topic` in every way. Returns the ways in which the connection was there.
    pub(crate) fn leave(&self, connection: &Connection, topic: &str) -> LeftTopic {
        let stats = &connection.shared.stats;
        connection.subscriptions.leave(|joined| {
            let mut left = LeftTopic {
                subscribed: joined.subscribed.remove(topic),
                watched: joined.watched.remove(topic),
                identities: Vec::new(),
            };
            if left.subscribed {
                self.map.remove(topic, connection);
            }
            // Before the identities: the connection does not receive its own departures.
            if left.watched {
                self.map.remove_watcher(stats, topic, WatcherId::Connection(connection.id));
            }
            for (topic, id) in joined.tracked.extract_if(|(at, _)| **at == *topic) {
                self.map.remove_identity(stats, &topic, &id);
                left.identities.push(id);
            }
            left.identities.sort_unstable();
            left
        })
    }

    /// Sends a service every change of presence at `topic`. `joined` are the topics that it watches. Returns the
    /// identities that are present.
    pub(crate) fn watch_as(
        &self,
        stats: &Counters,
        joined: &mut HashSet<Arc<str>>,
        topic: &str,
        watcher: (WatcherId, Arc<dyn Watcher>),
        into_info: IntoInfo,
    ) -> Result<Vec<Present>, TopicError> {
        if joined.contains(topic) {
            return Ok(self.map.present(topic));
        }
        if joined.len() >= TOPICS || topic.len() > NAME {
            return Err(TopicError::OutOfBounds);
        }
        let (topic, present) = self.map.add_watcher(stats, topic, watcher, into_info);
        joined.insert(topic);
        Ok(present)
    }

    /// Stops watching `topic`.
    pub(crate) fn unwatch_as(&self, stats: &Counters, topic: &str, id: WatcherId) {
        self.map.remove_watcher(stats, topic, id);
    }

    /// Leaves all topics for good, because the connection has ended.
    pub(crate) fn leave_all(&self, connection: &Connection) {
        let Some(Joined { subscribed, watched, tracked }) = connection.subscriptions.end() else { return };
        for topic in subscribed {
            self.map.remove(&topic, connection);
        }
        // Watched topics go first: the connection does not receive its own departures.
        for topic in watched {
            self.map.remove_watcher(&connection.shared.stats, &topic, WatcherId::Connection(connection.id));
        }
        for (topic, id) in tracked {
            self.map.remove_identity(&connection.shared.stats, &topic, &id);
        }
    }
}

/// Calls `enter` unless the connection has ended. `enter` calls its second argument, which checks the limits, before it
/// adds a topic.
fn join<T>(
    connection: &Connection,
    names: &[&str],
    enter: impl FnOnce(&mut Joined, &dyn Fn(&Joined) -> Result<(), TopicError>) -> Result<T, TopicError>,
) -> Result<T, TopicError> {
    let may_join = |joined: &Joined| {
        let fits = joined.len() < TOPICS && names.iter().all(|name| name.len() <= NAME);
        if fits { Ok(()) } else { Err(TopicError::OutOfBounds) }
    };
    let joined = connection.subscriptions.join(|joined| enter(joined, &may_join));
    match joined.unwrap_or(Err(TopicError::Closed)) {
        Err(TopicError::OutOfBounds) => Err(out_of_bounds(connection)),
        joined => joined,
    }
}

/// Ends the connection, because it exceeded a limit.
fn out_of_bounds(connection: &Connection) -> TopicError {
    let error = TopicError::OutOfBounds;
    if let Some(Line { suppressed }) = connection.shared.log_limit.admit("topics", "", "") {
        tracing::warn!(connection = %connection.id, suppressed, "{error}");
    }
    connection.mailbox.overflow();
    error
}
