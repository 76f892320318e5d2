//! One topic: its subscribers, the presence at it, and its history.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counts::DeliveryCounts;
use super::history::History;
use super::presence::PresenceSet;
use super::ring::Ring;
use crate::connection::{Connection, ConnectionId, Delivery, Lost, Mail, Published};

/// A topic. A publisher holds its lock until the message is queued for every subscriber, so that all subscribers
/// receive the messages of several publishers in the same order. No user code runs under the lock, and its holder never
/// waits for a client.
pub(super) struct Topic {
    /// The settings of its history, if the topic keeps one.
    pub(super) history: Option<Arc<History>>,
    state: Mutex<TopicState>,
}

/// The subscribers of a topic, the presence at it, and its last messages.
#[derive(Default)]
pub(super) struct TopicState {
    pub(super) subscribers: BTreeMap<ConnectionId, Arc<Connection>>,
    /// `None` while the topic has neither an identity nor a watcher.
    pub(super) presence: Option<Box<PresenceSet>>,
    /// The history, once there is one. The topic exists as long as it does.
    pub(super) ring: Option<Box<Ring>>,
    /// The last connection has left, and this topic is being removed from the map. Nothing may be added to it: the next
    /// connection creates a new topic with its name.
    pub(super) gone: bool,
}

impl Topic {
    pub(super) fn new(history: Option<Arc<History>>) -> Self {
        Self { history, state: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, TopicState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TopicState {
    /// Returns the presence at the topic, and creates it if there is none.
    pub(super) fn presence(&mut self) -> &mut PresenceSet {
        self.presence.get_or_insert_default()
    }

    /// Returns whether nobody is at the topic.
    pub(super) fn is_empty(&self) -> bool {
        self.subscribers.is_empty() && self.presence.as_ref().is_none_or(|presence| presence.is_empty())
    }

    /// Marks the topic as gone if nothing is left of it. Returns whether it is gone.
    pub(super) fn end_if_unused(&mut self) -> bool {
        self.gone |= self.is_empty() && self.ring.is_none();
        self.gone
    }

    /// Queues `published` for every subscriber but `except`. Not inlined: the loop takes fewer instructions alone.
    #[inline(never)]
    pub(super) fn deliver(
        &self,
        published: &Arc<Published>,
        except: Option<ConnectionId>,
        lost: &mut Lost<Mail>,
    ) -> DeliveryCounts {
        // In registers: the loop takes fewer instructions than with the counts in memory.
        let (mut queued, mut dropped) = (0, 0);
        for connection in self.subscribers.values().filter(|connection| Some(connection.id) != except) {
            match connection.mailbox.offer(Mail::Published(published.clone()), lost) {
                Delivery::Queued => queued += 1,
                Delivery::Dropped => dropped += 1,
                Delivery::Gone => {}
            }
        }
        DeliveryCounts { queued, dropped, position: None }
    }
}
