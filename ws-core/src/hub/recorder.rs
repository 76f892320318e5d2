//! What a topic with history does beside other topics: it keeps each message that is published, and replays those that a
//! subscriber missed.

use std::sync::Arc;

use super::archive::Archive;
use super::counts::DeliveryCounts;
use super::history::{History, Stamp, Stamping};
use super::position::Position;
use super::recovery::{NotRecovered, Recovery};
use super::ring::{Evicted, Ring};
use super::topic::TopicState;
use super::topic_map::TopicMap;
use crate::connection::{Connection, ConnectionId, Lost, Published, Rejected};
use crate::message::Message;
use crate::shared::clock::Moment;
use crate::shared::panics::drop_each;
use crate::shared::stats::{Counters, Limit};

/// The most rings whose expired messages one publisher drops.
const SWEPT: usize = 64;

/// Publishes to topics with history, and subscribes to them from a position.
///
/// A message gets its offset and is queued for the subscribers under one lock, that of its topic, and a subscriber takes
/// the messages that it missed and is added under the same lock. So nothing comes between.
pub(super) struct Recorder<'h> {
    pub(super) map: &'h TopicMap,
    pub(super) archive: &'h Archive,
    pub(super) stats: &'h Counters,
}

/// The result of a publisher's turn with the lock of the topic.
enum Turn {
    Published(DeliveryCounts),
    /// The message needs the stamp for this position.
    NeedsStamp(Position),
}

impl Recorder<'_> {
    /// Keeps `message` and queues it for every subscriber but `except`.
    pub(super) fn publish(
        &self,
        topic: &str,
        history: &History,
        message: &Message,
        except: Option<ConnectionId>,
    ) -> DeliveryCounts {
        let now = Moment::now();
        let (mut evicted, mut lost) = (Evicted::default(), Lost::default());
        let unstamped = || (None, Arc::new(Published::new(message.clone(), None)));
        let mut prepared = (!history.is_stamped()).then(unstamped);
        let counts = loop {
            let turn = self.map.locked(topic, |name, state| {
                let position = self.ring(name, state, now).next_position();
                let published = match &prepared {
                    Some((at, published)) if at.is_none_or(|at| at == position) => published,
                    // Another thread has published in between, or this is the first turn.
                    _ => return Turn::NeedsStamp(position),
                };
                self.keep(name, state, published, history, now, &mut evicted);
                let mut counts = state.deliver(published, except, &mut lost);
                counts.position = Some(position);
                Turn::Published(counts)
            });
            match turn {
                Turn::Published(counts) => break counts,
                // Without the lock: the stamp is the user's code.
                Turn::NeedsStamp(position) => {
                    let stamped = stamped(history, Stamp { topic, position }, message);
                    prepared = Some((Some(position), Arc::new(Published::new(stamped, None))));
                }
            }
        };
        lost.settle(self.stats);
        self.settle(evicted, now);
        counts
    }

    /// Returns the position of `topic`.
    pub(super) fn position(&self, topic: &str) -> Position {
        let now = Moment::now();
        let position = self.map.locked(topic, |name, state| {
            let ring = self.ring(name, state, now);
            ring.used = now;
            ring.position()
        });
        self.settle(Evicted::default(), now);
        position
    }

    /// Adds a subscriber, and queues all messages after `from` for it if the topic still has them. Returns the shared
    /// string of the topic's name. The caller [settles](Self::settle) the messages that have left the ring once it holds no
    /// lock.
    pub(super) fn subscribe(
        &self,
        topic: &str,
        history: &History,
        connection: &Arc<Connection>,
        from: Option<Position>,
        evicted: &mut Evicted,
    ) -> (Arc<str>, Recovery) {
        let now = Moment::now();
        let entered = self.map.enter(topic, self.stats, |name, state| {
            let ring = self.ring(name, state, now);
            ring.used = now;
            let before = ring.bytes();
            ring.expire(now, history, evicted);
            self.stats.history_changed(before, ring.bytes());
            let position = ring.position();
            let missed = from.ok_or(NotRecovered::NoPosition).and_then(|from| replay(ring, from, connection));
            state.subscribers.insert(connection.id, connection.clone());
            Recovery { position, missed }
        });
        match entered.1.missed {
            Err(NotRecovered::NoPosition) => {}
            missed => self.stats.recovered(missed.is_ok()),
        }
        entered
    }

    /// Returns the ring of the topic, and creates it if there is none.
    fn ring<'s>(&self, name: &Arc<str>, state: &'s mut TopicState, now: Moment) -> &'s mut Ring {
        state.ring.get_or_insert_with(|| {
            self.stats.history_begun();
            Box::new(self.archive.new_ring(name, now))
        })
    }

    /// Adds `published` to the ring of the topic.
    fn keep(
        &self,
        name: &Arc<str>,
        state: &mut TopicState,
        published: &Arc<Published>,
        history: &History,
        now: Moment,
        evicted: &mut Evicted,
    ) {
        let ring = self.ring(name, state, now);
        let before = ring.bytes();
        ring.push(published.clone(), now, history, evicted);
        self.stats.history_changed(before, ring.bytes());
        self.list(name, ring, history);
    }

    /// Adds the ring to the list of those that have messages, unless it is there.
    fn list(&self, name: &Arc<str>, ring: &mut Ring, history: &History) {
        if ring.listed.is_none()
            && let Some(expires) = ring.expires_at(history)
        {
            ring.listed = Some(expires);
            self.archive.expiring().add((expires, ring.id), name);
        }
    }

    /// Drops messages that have left a ring, and more if all rings together have too many. The caller holds no lock.
    pub(super) fn settle(&self, evicted: Evicted, now: Moment) {
        drop_each(evicted);
        let limits = self.archive.limits;
        if self.stats.histories() > limits.topics {
            self.drop_histories(now);
        }
        if self.stats.history_bytes() > limits.bytes {
            let dropped = self.drop_messages(None, || self.stats.history_bytes() > limits.bytes);
            (0..dropped).for_each(|_| self.stats.limited(Limit::HistoryBytes));
        }
        if self.archive.is_sweep_due(now) {
            let mut left = SWEPT;
            self.drop_messages(Some(now), || {
                left -= 1;
                left > 0
            });
        }
    }

    /// Drops the messages of those rings whose last message expires first, and not after `until`, as long as `goes_on`
    /// returns `true`. Their positions stay. Returns the number of rings that lost messages.
    fn drop_messages(&self, until: Option<Moment>, mut goes_on: impl FnMut() -> bool) -> usize {
        let mut dropped = 0;
        while goes_on()
            && let Some(((expires, id), name)) = self.archive.expiring().take(until)
        {
            let Some(topic) = self.map.find(&name) else { continue };
            let Some(history) = &topic.history else { continue };
            let mut evicted = Evicted::default();
            let mut state = topic.lock();
            if let Some(ring) = state.ring.as_deref_mut().filter(|ring| ring.id == id) {
                ring.listed = None;
                // A message was published after the ring was listed.
                if ring.expires_at(history).is_some_and(|at| at > expires) {
                    self.list(&name, ring, history);
                } else if !ring.is_empty() {
                    self.stats.history_changed(ring.bytes(), 0);
                    ring.clear(&mut evicted);
                    dropped += 1;
                }
            }
            drop(state);
            drop_each(evicted);
        }
        dropped
    }

    /// Drops whole rings until there are no more than allowed: those that have been used the longest time ago, and those
    /// of topics with subscribers last.
    fn drop_histories(&self, now: Moment) {
        while self.stats.histories() > self.archive.limits.topics
            && let Some(((rank, id), name)) = self.archive.ranked().take(None)
        {
            let Some(topic) = self.map.find(&name) else { continue };
            let mut state = topic.lock();
            let has_subscribers = !state.subscribers.is_empty();
            // Its subscribers may have left meanwhile, and given it another place.
            let ring = state.ring.as_deref_mut().filter(|ring| ring.id == id && ring.rank == rank);
            let Some(ring) = ring else { continue };
            let rank = (has_subscribers, ring.used.min(now));
            if rank > ring.rank {
                self.archive.rank(&name, ring, rank);
                continue;
            }
            let ring = state.ring.take();
            let gone = state.end_if_unused();
            if let Some(ring) = &ring {
                self.stats.history_ended(ring.bytes());
                ring.listed.inspect(|listed| self.archive.expiring().remove(&(*listed, id)));
            }
            drop(state);
            self.stats.limited(Limit::HistoryTopics);
            if gone {
                self.map.discard(&name, &topic);
            }
            drop_each(ring);
        }
    }
}

/// Queues all messages after `from` for `connection`. Returns how many there are.
fn replay(ring: &Ring, from: Position, connection: &Connection) -> Result<usize, NotRecovered> {
    let messages = ring.since(from)?;
    let missed = messages.len();
    if missed > 0 {
        // The ring has the messages too, so no payload is dropped under the lock.
        connection.replay(messages).map_err(|rejected| match rejected {
            Rejected::TooMuch(_) => NotRecovered::TooMuch,
            Rejected::Shut(_) => NotRecovered::Closing,
        })?;
    }
    Ok(missed)
}

/// Returns `message` with its stamp, if the history has one.
fn stamped(history: &History, stamp: Stamp<'_>, message: &Message) -> Message {
    match (&history.stamp, message) {
        (Stamping::Json, Message::Text(text)) => stamp.into_json(text).into(),
        (Stamping::By(add), _) => {
            Some(add(stamp, message.clone())).filter(is_kept).unwrap_or_else(|| message.clone())
        }
        _ => message.clone(),
    }
}

/// Returns whether a history keeps the message: text and binary messages, but no control frames.
pub(super) const fn is_kept(message: &Message) -> bool {
    matches!(message, Message::Text(_) | Message::Binary(_))
}
