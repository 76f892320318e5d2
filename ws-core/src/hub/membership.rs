//! What one connection is subscribed to, so that all of it ends with the connection.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::shared::mailbox::Mailbox;

/// How many topics one connection may be subscribed to.
const TOPICS: usize = 4096;
/// How long a topic's name may be, in bytes.
const NAME: usize = 256;

/// A connection without topics owns no more than this.
#[derive(Default)]
pub(crate) struct Membership(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    None,
    #[expect(clippy::box_collection, reason = "a word where most connections have none, and not six")]
    Some(Box<HashSet<Arc<str>>>),
    /// The connection has ended: it subscribes to nothing more.
    Ended,
}

impl Membership {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailbox {
    /// Subscribes the connection; whether it was not already. Past the bounds the connection ends.
    pub(crate) fn subscribe(self: &Arc<Self>, topic: &str) -> bool {
        // Held to the end, so that the connection does not end in between.
        let mut state = self.membership.lock();
        if let State::None = *state {
            *state = State::Some(Box::default());
        }
        let State::Some(topics) = &mut *state else { return false };
        if topics.contains(topic) {
            return false;
        }
        if topics.len() >= TOPICS || topic.len() > NAME {
            drop(state);
            tracing::warn!(
                connection = %self.id,
                "a connection may subscribe to {TOPICS} topics, with names of {NAME} bytes at most"
            );
            self.overflow();
            return false;
        }
        topics.insert(self.shared.topics.insert(topic, self));
        true
    }

    /// Ends one subscription; whether there was one.
    pub(crate) fn unsubscribe(&self, topic: &str) -> bool {
        let mut state = self.membership.lock();
        let State::Some(topics) = &mut *state else { return false };
        let was = topics.remove(topic);
        if was {
            self.shared.topics.remove(topic, self);
        }
        if topics.is_empty() {
            *state = State::None;
        }
        was
    }

    /// Ends all subscriptions, for good.
    pub(crate) fn leave_all(&self) {
        let state = std::mem::replace(&mut *self.membership.lock(), State::Ended);
        if let State::Some(topics) = state {
            for topic in *topics {
                self.shared.topics.remove(&topic, self);
            }
        }
    }
}
