//! The topics by name. A topic exists while it has a subscriber, an identity that is present at it, or a watcher: a
//! connection that receives the changes of presence.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::counts::DeliveryCounts;
use super::presence::{PresenceSet, Present};
use super::presence_event::IntoInfo;
use super::watcher::{Watcher, WatcherId};
use crate::connection::{Connection, ConnectionId, Lost, Mail, Published, shrink_after_burst};
use crate::message::Message;
use crate::shared::stats::Counters;

/// The number of shards. Publishers to different topics contend only if both topics are in one shard, and only while
/// they look up their topics.
const SHARDS: usize = 32;

type Shard = Mutex<HashMap<Arc<str>, Arc<Topic>>>;

#[derive(Default)]
pub(super) struct TopicMap {
    hasher: RandomState,
    shards: [Shard; SHARDS],
}

/// A topic. A publisher holds its lock until the message is queued for every subscriber, so that all subscribers
/// receive the messages of several publishers in the same order. No user code runs under the lock, and its holder never
/// waits for a client.
#[derive(Default)]
struct Topic(Mutex<TopicState>);

/// The subscribers of a topic, and the presence at it.
#[derive(Default)]
struct TopicState {
    subscribers: BTreeMap<ConnectionId, Arc<Connection>>,
    /// `None` while the topic has neither an identity nor a watcher.
    presence: Option<Box<PresenceSet>>,
    /// The last connection has left, and this topic is being removed from the map. Nothing may be added to it: the next
    /// connection creates a new topic with its name.
    gone: bool,
}

impl TopicState {
    /// Returns the presence at the topic, and creates it if there is none.
    fn presence(&mut self) -> &mut PresenceSet {
        self.presence.get_or_insert_default()
    }

    fn is_empty(&self) -> bool {
        self.subscribers.is_empty() && self.presence.as_ref().is_none_or(|presence| presence.is_empty())
    }
}

impl Topic {
    fn lock(&self) -> MutexGuard<'_, TopicState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TopicMap {
    fn shard(&self, topic: &str) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Topic>>> {
        #[expect(clippy::cast_possible_truncation, reason = "any part of a hash will do")]
        let index = self.hasher.hash_one(topic) as usize % SHARDS;
        lock(&self.shards[index])
    }

    fn find(&self, topic: &str) -> Option<Arc<Topic>> {
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
        let (name, topic) = (Arc::<str>::from(topic), Arc::default());
        shard.insert(Arc::clone(&name), Arc::clone(&topic));
        (name, topic)
    }

    /// Removes a topic that is marked as gone, unless a new one with its name exists.
    fn discard(&self, name: &str, topic: &Arc<Topic>) {
        let mut shard = self.shard(name);
        if shard.get(name).is_some_and(|known| Arc::ptr_eq(known, topic)) {
            shard.remove(name);
            shrink_after_burst(&mut shard);
        }
    }

    /// Calls `add` with the topic, under its lock. Creates the topic first if it does not exist. Returns the shared
    /// string of its name, and the result of `add`.
    fn enter<T>(
        &self,
        topic: &str,
        stats: &Counters,
        add: impl FnOnce(&Arc<str>, &mut TopicState) -> T,
    ) -> (Arc<str>, T) {
        loop {
            let (name, topic) = self.find_or_make(topic);
            let mut locked = topic.lock();
            if !locked.gone {
                let first = locked.is_empty();
                let added = add(&name, &mut locked);
                stats.entered(first);
                return (name, added);
            }
            drop(locked);
            self.discard(&name, &topic);
        }
    }

    /// Calls `remove` with the topic, under its lock, then removes the topic if it is empty. Returns the result of
    /// `remove`, or `None` if the topic does not exist.
    fn leave<T>(&self, name: &str, stats: &Counters, remove: impl FnOnce(&mut TopicState) -> T) -> Option<T> {
        let topic = self.find(name)?;
        let mut locked = topic.lock();
        let removed = remove(&mut locked);
        locked.presence.take_if(|presence| presence.is_empty());
        let last = locked.is_empty();
        locked.gone |= last;
        stats.left(last);
        drop(locked);
        if last {
            self.discard(name, &topic);
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
        let mut counts = DeliveryCounts::default();
        let Some(topic) = self.find(topic) else { return counts };
        let mut lost = Lost::default();
        let state = topic.lock();
        let subscribers = state.subscribers.values().filter(|connection| Some(connection.id) != except);
        if let Message::Close(close) = message {
            subscribers.for_each(|connection| counts.count(connection.close(close.clone())));
        } else {
            let published = Arc::new(Published::new(message.clone(), key.cloned()));
            for connection in subscribers {
                let mail = Mail::Published(published.clone());
                counts.count(connection.mailbox.offer(mail, &mut lost));
            }
        }
        drop(state);
        // After the lock is released: dropping an info may run user code.
        lost.settle(counters);
        counts
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
        self.shards.iter().flat_map(|shard| lock(shard).keys().cloned().collect::<Vec<_>>()).collect()
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
