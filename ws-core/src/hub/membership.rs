//! What one connection has to do with topics, so that all of it ends with the connection.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::presence::{IntoInfo, Meta, Present};
use super::topics::Topics;
use crate::panics::drop_each;
use crate::shared::mailbox::Mailbox;

/// How many topics one connection may be at: subscribed, tracked and watching each count.
const TOPICS: usize = 4096;
/// How long the name of a topic or an identity may be, in bytes.
const NAME: usize = 256;
/// How long what is said of an identity may be, as JSON, in bytes.
const META: usize = 16 << 10;

/// A connection without topics owns no more than this.
#[derive(Default)]
pub(crate) struct Membership(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    None,
    Some(Box<Joined>),
    /// The connection has ended: it subscribes to nothing more.
    Ended,
}

/// Names of topics, as they are kept there.
#[derive(Default)]
struct Joined {
    subscribed: HashSet<Arc<str>>,
    watched: HashSet<Arc<str>>,
    /// With the identities.
    tracked: HashSet<(Arc<str>, Arc<str>)>,
}

impl Joined {
    fn len(&self) -> usize {
        self.subscribed.len() + self.watched.len() + self.tracked.len()
    }
}

impl Membership {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailbox {
    /// Subscribes the connection; whether it was not already. Past the bounds the connection ends.
    pub(crate) fn subscribe(self: &Arc<Self>, topic: &str) -> bool {
        let known = |joined: &Joined| joined.subscribed.contains(topic).then_some(false);
        let subscribe =
            |joined: &mut Joined| joined.subscribed.insert(self.shared.topics.insert(topic, self));
        self.join(&[topic], known, subscribe).unwrap_or_default()
    }

    /// Ends one subscription; whether there was one.
    pub(crate) fn unsubscribe(&self, topic: &str) -> bool {
        self.quit(|joined| {
            let was = joined.subscribed.remove(topic);
            if was {
                self.shared.topics.remove(topic, self);
            }
            was
        })
    }

    /// Says that `id` is at `topic` by this connection; by how many in all.
    pub(crate) fn track(&self, topic: &str, id: &str, meta: &str) -> Result<usize, serde_json::Error> {
        let meta_is_long = meta.len() > META;
        let meta = Meta::parse(meta)?;
        if meta_is_long {
            self.refuse();
            return Ok(0);
        }
        let key = (Arc::<str>::from(topic), Arc::<str>::from(id));
        let known = |joined: &Joined| {
            joined.tracked.contains(&key).then(|| self.shared.topics.connections(topic, id))
        };
        let mut lost = Vec::new();
        let track = |joined: &mut Joined| {
            let (topic, connections) = Topics::track(&self.shared, topic, &key.1, meta, &mut lost);
            joined.tracked.insert((topic, key.1.clone()));
            connections
        };
        let connections = self.join(&[topic, id], known, track).unwrap_or_default();
        drop_each(lost);
        Ok(connections)
    }

    /// Takes that back; whether it was so.
    pub(crate) fn untrack(&self, topic: &str, id: &str) -> bool {
        let key = (Arc::from(topic), Arc::from(id));
        let mut lost = Vec::new();
        let untracked = self.quit(|joined| {
            let tracked = joined.tracked.take(&key);
            if let Some((topic, id)) = &tracked {
                Topics::untrack(&self.shared, topic, id, &mut lost);
            }
            tracked.is_some()
        });
        drop_each(lost);
        untracked
    }

    /// Tells the connection of who comes and goes at `topic`; who is there now.
    pub(crate) fn watch(self: &Arc<Self>, topic: &str, into_info: IntoInfo) -> Vec<Present> {
        let known =
            |joined: &Joined| joined.watched.contains(topic).then(|| self.shared.topics.present(topic));
        let watch = |joined: &mut Joined| {
            let (topic, present) = self.shared.topics.watch(topic, self, into_info);
            joined.watched.insert(topic);
            present
        };
        self.join(&[topic], known, watch).unwrap_or_default()
    }

    /// Tells it no more; whether it did.
    pub(crate) fn unwatch(&self, topic: &str) -> bool {
        self.quit(|joined| {
            let was = joined.watched.remove(topic);
            if was {
                self.shared.topics.unwatch(topic, self);
            }
            was
        })
    }

    /// Does `enter` with what the connection has joined, if it lives and there is room; past the bounds it ends. What is
    /// `known` needs no room.
    ///
    /// Nothing that others lose by it is dropped in there, since that may be the user's.
    fn join<T>(
        &self,
        names: &[&str],
        known: impl FnOnce(&Joined) -> Option<T>,
        enter: impl FnOnce(&mut Joined) -> T,
    ) -> Option<T> {
        // Held to the end, so that the connection does not end in between.
        let mut state = self.membership.lock();
        if let State::None = *state {
            *state = State::Some(Box::default());
        }
        let State::Some(joined) = &mut *state else { return None };
        if let Some(known) = known(joined) {
            return Some(known);
        }
        if joined.len() >= TOPICS || names.iter().any(|name| name.len() > NAME) {
            drop(state);
            self.refuse();
            return None;
        }
        Some(enter(joined))
    }

    fn quit(&self, leave: impl FnOnce(&mut Joined) -> bool) -> bool {
        let mut state = self.membership.lock();
        let State::Some(joined) = &mut *state else { return false };
        let left = leave(joined);
        if joined.len() == 0 {
            *state = State::None;
        }
        left
    }

    fn refuse(&self) {
        tracing::warn!(
            connection = %self.id,
            "a connection may be at {TOPICS} topics; their names and identities have {NAME} bytes at most, what is \
             said of an identity {META}"
        );
        self.overflow();
    }

    /// Ends all of it, for good.
    pub(crate) fn leave_all(&self) {
        let state = std::mem::replace(&mut *self.membership.lock(), State::Ended);
        if let State::Some(joined) = state {
            let Joined { subscribed, watched, tracked } = *joined;
            let topics = &self.shared.topics;
            for topic in subscribed {
                topics.remove(&topic, self);
            }
            // What it was last to hear is not that it left itself.
            for topic in watched {
                topics.unwatch(&topic, self);
            }
            let mut lost = Vec::new();
            for (topic, id) in tracked {
                Topics::untrack(&self.shared, &topic, &id, &mut lost);
            }
            drop_each(lost);
        }
    }
}
