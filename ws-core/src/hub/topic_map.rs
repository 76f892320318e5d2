//! The topics by name. A topic exists while it has a subscriber, an identity that is present at it, or a watcher: a
//! connection that receives the changes of presence. A topic that keeps a history also exists while it has one.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;

use super::archive::{Archive, ArchiveLimits};
use super::counts::DeliveryCounts;
use super::history::History;
use super::position::Position;
use super::presence::Present;
use super::presence_event::IntoInfo;
use super::recorder::{Recorder, is_kept};
use super::recovery::Recovery;
use super::ring::Evicted;
use super::rules::Rules;
use super::topic::{Topic, TopicState};
use super::watcher::{Watcher, WatcherId};
use crate::connection::{Connection, ConnectionId, Lost, Published, shrink_after_burst};
use crate::message::Message;
use crate::shared::clock::Moment;
use crate::shared::stats::Counters;

/// The number of shards. Publishers to different topics contend only if both topics are in one shard, and only while
/// they look up their topics.
const SHARDS: usize = 32;

type Shard = Mutex<HashMap<Arc<str>, Arc<Topic>>>;

#[derive(Default)]
pub(super) struct TopicMap {
    hasher: RandomState,
    shards: [Shard; SHARDS],
    /// Set when the app starts, if it has topics with history.
    archive: OnceLock<Box<Archive>>,
}

impl TopicMap {
    fn shard(&self, topic: &str) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Topic>>> {
        #[expect(clippy::cast_possible_truncation, reason = "any part of a hash will do")]
        let index = self.hasher.hash_one(topic) as usize % SHARDS;
        lock(&self.shards[index])
    }

    pub(super) fn find(&self, topic: &str) -> Option<Arc<Topic>> {
        self.shard(topic).get(topic).cloned()
    }

    /// Finds a topic and the shared string of its name.
    fn find_named(&self, topic: &str) -> Option<(Arc<str>, Arc<Topic>)> {
        self.shard(topic).get_key_value(topic).map(|(name, topic)| (name.clone(), topic.clone()))
    }

    /// Finds or creates a topic. Also returns the shared string of its name.
    fn find_or_make(&self, topic: &str) -> (Arc<str>, Arc<Topic>) {
        let mut shard = self.shard(topic);
        if let Some((name, topic)) = shard.get_key_value(topic) {
            return (name.clone(), topic.clone());
        }
        let (name, topic) = (Arc::<str>::from(topic), Arc::new(Topic::new(self.history(topic).cloned())));
        shard.insert(Arc::clone(&name), Arc::clone(&topic));
        (name, topic)
    }

    /// Sets the topics that keep a history.
    pub(super) fn keep(&self, rules: Rules, limits: ArchiveLimits) {
        if !rules.are_empty() {
            let _ = self.archive.set(Box::new(Archive::new(rules, limits)));
        }
    }

    /// Returns the settings of the topic's history, if it keeps one.
    pub(super) fn history(&self, topic: &str) -> Option<&Arc<History>> {
        self.archive.get()?.rules.find(topic)
    }

    /// Calls `act` if `topic` keeps a history.
    fn recorded<T>(
        &self,
        topic: &str,
        stats: &Counters,
        act: impl FnOnce(&Recorder<'_>, &History) -> T,
    ) -> Option<T> {
        let archive = self.archive.get()?;
        Some(act(&Recorder { map: self, archive, stats }, archive.rules.find(topic)?))
    }

    /// Removes a topic that is marked as gone, unless a new one with its name exists.
    pub(super) fn discard(&self, name: &str, topic: &Arc<Topic>) {
        let mut shard = self.shard(name);
        if shard.get(name).is_some_and(|known| Arc::ptr_eq(known, topic)) {
            shard.remove(name);
            shrink_after_burst(&mut shard);
        }
    }

    /// Calls `add`, which adds a connection, with the topic, under its lock. Creates the topic first if it does not exist.
    /// Returns the shared string of its name, and the result of `add`.
    pub(super) fn enter<T>(
        &self,
        topic: &str,
        stats: &Counters,
        add: impl FnOnce(&Arc<str>, &mut TopicState) -> T,
    ) -> (Arc<str>, T) {
        self.locked(topic, |name, state| {
            let first = state.is_empty();
            let added = add(name, state);
            stats.entered(first);
            (name.clone(), added)
        })
    }

    /// Calls `act` with the topic, under its lock. Creates the topic first if it does not exist.
    pub(super) fn locked<T>(&self, topic: &str, act: impl FnOnce(&Arc<str>, &mut TopicState) -> T) -> T {
        loop {
            let (name, topic) = self.find_or_make(topic);
            let mut locked = topic.lock();
            if !locked.gone {
                return act(&name, &mut locked);
            }
            drop(locked);
            self.discard(&name, &topic);
        }
    }

    /// Calls `remove` with the topic, under its lock, then removes the topic if it is empty. Returns the result of
    /// `remove`, or `None` if the topic does not exist. The topic stays if it has a history.
    fn leave<T>(&self, name: &str, stats: &Counters, remove: impl FnOnce(&mut TopicState) -> T) -> Option<T> {
        let (name, topic) = self.find_named(name)?;
        let mut locked = topic.lock();
        let removed = remove(&mut locked);
        locked.presence.take_if(|presence| presence.is_empty());
        if locked.subscribers.is_empty()
            && let Some(ring) = locked.ring.as_deref_mut().filter(|ring| ring.rank.0)
            && let Some(archive) = self.archive.get()
        {
            // Without subscribers, it gives way before those that have some.
            archive.rank(&name, ring, (false, ring.used));
        }
        stats.left(locked.is_empty());
        let gone = locked.end_if_unused();
        drop(locked);
        if gone {
            self.discard(&name, &topic);
        }
        Some(removed)
    }

    /// Adds a subscriber. Returns the shared string of the topic's name.
    pub(super) fn insert(&self, topic: &str, connection: &Arc<Connection>) -> Arc<str> {
        let add = |_: &_, state: &mut TopicState| state.subscribers.insert(connection.id, connection.clone());
        self.enter(topic, &connection.shared.stats, add).0
    }

    /// Removes a subscriber.
    pub(super) fn remove(&self, name: &str, connection: &Connection) {
        let removed =
            self.leave(name, &connection.shared.stats, |state| state.subscribers.remove(&connection.id));
        drop(removed);
    }

    /// Queues `message` for every subscriber but `except`, in place of a waiting message with the same `key`. A close
    /// message closes their connections.
    pub(super) fn publish(
        &self,
        counters: &Counters,
        topic: &str,
        message: &Message,
        except: Option<ConnectionId>,
        key: Option<&Arc<str>>,
    ) -> DeliveryCounts {
        let Some(found) = self.find(topic) else {
            return self.publish_kept(counters, topic, message, except).unwrap_or_default();
        };
        if found.history.is_some()
            && let Some(counts) = self.publish_kept(counters, topic, message, except)
        {
            return counts;
        }
        let mut lost = Lost::default();
        let state = found.lock();
        let counts = if let Message::Close(close) = message {
            let subscribers = state.subscribers.values().filter(|connection| Some(connection.id) != except);
            subscribers.map(|connection| connection.close(close.clone())).collect()
        } else {
            let published = Arc::new(Published::new(message.clone(), key.cloned()));
            state.deliver(&published, except, &mut lost)
        };
        drop(state);
        // After the lock is released: dropping an info may run user code.
        lost.settle(counters);
        counts
    }

    /// Publishes to a topic with history, which exists from then on. Returns `None` if this topic keeps no history, or it
    /// does not keep this message.
    #[cold]
    fn publish_kept(
        &self,
        counters: &Counters,
        topic: &str,
        message: &Message,
        except: Option<ConnectionId>,
    ) -> Option<DeliveryCounts> {
        if !is_kept(message) {
            return None;
        }
        self.recorded(topic, counters, |recorder, history| recorder.publish(topic, history, message, except))
    }

    /// Returns the position of a topic, if it keeps a history.
    pub(super) fn position(&self, counters: &Counters, topic: &str) -> Option<Position> {
        self.recorded(topic, counters, |recorder, _| recorder.position(topic))
    }

    /// Adds a subscriber that receives all messages after `from`, if the topic keeps a history. Returns the shared string
    /// of its name. The caller [settles](Self::settle) what has left the history.
    pub(super) fn insert_from(
        &self,
        topic: &str,
        connection: &Arc<Connection>,
        from: Option<Position>,
        evicted: &mut Evicted,
    ) -> Option<(Arc<str>, Recovery)> {
        self.recorded(topic, &connection.shared.stats, |recorder, history| {
            recorder.subscribe(topic, history, connection, from, evicted)
        })
    }

    /// Drops the messages that a subscription has taken from a history, and enforces the bounds of all histories.
    pub(super) fn settle(&self, stats: &Counters, evicted: Evicted) {
        if let Some(archive) = self.archive.get() {
            Recorder { map: self, archive, stats }.settle(evicted, Moment::now());
        }
    }

    /// Adds a connection to an identity. Returns the shared string of the topic's name, and the number of the
    /// identity's connections.
    pub(super) fn add_identity(
        &self,
        stats: &Counters,
        topic: &str,
        id: &Arc<str>,
        meta: Value,
    ) -> (Arc<str>, usize) {
        self.enter(topic, stats, |name, at| at.presence().join(name, id, meta))
    }

    /// Removes a connection from an identity.
    pub(super) fn remove_identity(&self, stats: &Counters, topic: &Arc<str>, id: &Arc<str>) {
        self.leave(topic, stats, |at| at.presence().leave(topic, id));
    }

    /// Adds a watcher. Returns the shared string of the topic's name, and the identities that are present.
    pub(super) fn add_watcher(
        &self,
        stats: &Counters,
        topic: &str,
        (id, watcher): (WatcherId, Arc<dyn Watcher>),
        into_info: IntoInfo,
    ) -> (Arc<str>, Vec<Present>) {
        self.enter(topic, stats, |name, at| {
            let presence = at.presence();
            presence.watch(id, watcher, into_info);
            presence.list(name)
        })
    }

    pub(super) fn remove_watcher(&self, stats: &Counters, topic: &str, id: WatcherId) {
        let watcher = self.leave(topic, stats, |at| at.presence().unwatch(id));
        drop(watcher);
    }

    /// Returns the number of connections that an identity has.
    pub(super) fn connections(&self, topic: &str, id: &str) -> usize {
        let Some(topic) = self.find(topic) else { return 0 };
        topic.lock().presence.as_ref().map_or(0, |presence| presence.connections(id))
    }

    pub(super) fn present(&self, topic: &str) -> Vec<Present> {
        let Some((name, topic)) = self.find_named(topic) else { return Vec::new() };
        topic.lock().presence.as_ref().map_or_else(Vec::new, |presence| presence.list(&name))
    }

    pub(super) fn names(&self) -> Vec<Arc<str>> {
        let all =
            |shard| lock(shard).iter().map(|(name, topic)| (name.clone(), topic.clone())).collect::<Vec<_>>();
        // A topic that is here for its history alone does not exist for others.
        let has_someone = |topic: &Topic| topic.history.is_none() || !topic.lock().is_empty();
        let topics = self.shards.iter().flat_map(all);
        topics.filter(|(_, topic)| has_someone(topic)).map(|(name, _)| name).collect()
    }

    pub(super) fn subscribers(&self, topic: &str) -> Vec<ConnectionId> {
        self.find(topic).map_or_else(Vec::new, |topic| topic.lock().subscribers.keys().copied().collect())
    }

    pub(super) fn count(&self, topic: &str) -> usize {
        self.find(topic).map_or(0, |topic| topic.lock().subscribers.len())
    }
}

fn lock(shard: &Shard) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Topic>>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
