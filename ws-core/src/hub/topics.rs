//! Topics and their subscribers. A topic is there for as long as it has any, or somebody is present at it.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Reached;
use super::presence::People;
use crate::message::Message;
use crate::panics::drop_each;
use crate::protocol::PreparedMessage;
use crate::shared::mailbox::{ConnectionId, Mail, Mailbox};
use crate::shared::registry::shrink_after_crowd;
use crate::shared::stats::Counters;

/// Publishers of different topics meet only where these are the same in both, and then for one look-up.
const SHARDS: usize = 32;

type Shard = Mutex<HashMap<Arc<str>, Arc<Topic>>>;

#[derive(Default)]
pub(crate) struct Topics {
    hasher: RandomState,
    shards: [Shard; SHARDS],
}

/// One topic. Its lock is held while a message goes to each subscriber, so that all of them hear what several publishers
/// say in the same order; nothing of the user's runs under it, and nothing waits.
#[derive(Default)]
pub(super) struct Topic(Mutex<Crowd>);

/// All who have to do with one topic.
#[derive(Default)]
pub(super) struct Crowd {
    subscribers: BTreeMap<ConnectionId, Arc<Mailbox>>,
    /// Where presence is asked for.
    pub(super) people: Option<Box<People>>,
    /// The last one has gone, and the topic with it: whoever comes makes a new one.
    gone: bool,
}

impl Crowd {
    pub(super) fn people(&mut self) -> &mut People {
        self.people.get_or_insert_default()
    }

    fn is_empty(&self) -> bool {
        self.subscribers.is_empty() && self.people.as_ref().is_none_or(|people| people.is_empty())
    }
}

impl Topic {
    pub(super) fn lock(&self) -> MutexGuard<'_, Crowd> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topics {
    fn shard(&self, topic: &str) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Topic>>> {
        #[expect(clippy::cast_possible_truncation, reason = "any part of a hash will do")]
        let index = self.hasher.hash_one(topic) as usize % SHARDS;
        lock(&self.shards[index])
    }

    pub(super) fn find(&self, topic: &str) -> Option<Arc<Topic>> {
        self.shard(topic).get(topic).cloned()
    }

    /// With its name as it is kept.
    pub(super) fn find_named(&self, topic: &str) -> Option<(Arc<str>, Arc<Topic>)> {
        self.shard(topic).get_key_value(topic).map(|(name, topic)| (name.clone(), topic.clone()))
    }

    /// The topic, made if there is none, and its name as it is kept.
    fn find_or_make(&self, topic: &str) -> (Arc<str>, Arc<Topic>) {
        let mut shard = self.shard(topic);
        if let Some((name, topic)) = shard.get_key_value(topic) {
            return (name.clone(), topic.clone());
        }
        let (name, topic) = (Arc::<str>::from(topic), Arc::default());
        shard.insert(Arc::clone(&name), Arc::clone(&topic));
        (name, topic)
    }

    /// Forgets a topic that is gone, if it is still this one.
    fn forget(&self, name: &str, topic: &Arc<Topic>) {
        let mut shard = self.shard(name);
        if shard.get(name).is_some_and(|known| Arc::ptr_eq(known, topic)) {
            shard.remove(name);
            shrink_after_crowd(&mut shard);
        }
    }

    /// Adds something to a topic, which is made if there is none; the topic's name as it is kept.
    pub(super) fn enter<T>(
        &self,
        topic: &str,
        stats: &Counters,
        add: impl FnOnce(&Arc<str>, &mut Crowd) -> T,
    ) -> (Arc<str>, T) {
        loop {
            let (name, topic) = self.find_or_make(topic);
            let mut crowd = topic.lock();
            if !crowd.gone {
                let first = crowd.is_empty();
                let added = add(&name, &mut crowd);
                stats.entered(first);
                return (name, added);
            }
            drop(crowd);
            self.forget(&name, &topic);
        }
    }

    /// Removes something from a topic, and the topic with the last.
    pub(super) fn leave<T>(
        &self,
        name: &str,
        stats: &Counters,
        remove: impl FnOnce(&mut Crowd) -> T,
    ) -> Option<T> {
        let topic = self.find(name)?;
        let mut crowd = topic.lock();
        let removed = remove(&mut crowd);
        let last = crowd.is_empty();
        crowd.gone |= last;
        stats.left(last);
        drop(crowd);
        if last {
            self.forget(name, &topic);
        }
        Some(removed)
    }

    /// Adds a subscriber, which is not one yet; the topic's name as it is kept.
    pub(super) fn insert(&self, topic: &str, mailbox: &Arc<Mailbox>) -> Arc<str> {
        let add = |_: &_, crowd: &mut Crowd| crowd.subscribers.insert(mailbox.id, mailbox.clone());
        self.enter(topic, &mailbox.shared.stats, add).0
    }

    /// Removes a subscriber.
    pub(super) fn remove(&self, name: &str, mailbox: &Mailbox) {
        let removed = self.leave(name, &mailbox.shared.stats, |crowd| crowd.subscribers.remove(&mailbox.id));
        drop(removed);
    }

    /// Sends to every subscriber but one.
    pub(super) fn publish(&self, topic: &str, message: &Message, except: Option<ConnectionId>) -> Reached {
        let mut reached = Reached::default();
        let Some(topic) = self.find(topic) else { return reached };
        let mut lost = Vec::new();
        let crowd = topic.lock();
        let mailboxes = crowd.subscribers.values().filter(|mailbox| Some(mailbox.id) != except);
        if let Message::Close(close) = message {
            mailboxes.for_each(|mailbox| reached.count(mailbox.close(close.clone())));
        } else {
            let prepared = Arc::new(PreparedMessage::new(message.clone()));
            for mailbox in mailboxes {
                reached.count(mailbox.offer(Mail::Prepared(prepared.clone()), &mut lost));
            }
        }
        drop(crowd);
        drop_each(lost);
        reached
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
