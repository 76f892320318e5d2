//! One page session: its connection, the messages that wait for it, and the numbers of those that are acknowledged.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::PageId;
use super::attached::{Attached, Probe, Speaks, resubscribe};
use super::qos::Qos;
use super::queue::{Entry, Queue, QueueLimits};
use super::state::State;
use super::sweeper::Due;
use super::wire::{Greeting, Resubscribed, welcome};
use crate::connection::{Connection, ConnectionId, Delivery};
use crate::handshake::session::SessionId;
use crate::hub::{Evicted, NAME, NotRecovered, Position, Recovery, TopicError, Topics};
use crate::message::{Close, CloseCode, Message, Reason, Text};
use crate::shared::clock::later;
use crate::shared::stats::Counters;

/// A message that is not acknowledged for this long is sent again, with a ping behind it. The connection is closed as long
/// after the answer: only a client that has read the message can acknowledge it.
pub(super) const REPEAT: Duration = Duration::from_secs(10);
/// A client that names its page sends its hello within this time.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
const NO_HELLO: CloseCode = CloseCode::from_static(4408);
/// The largest number of topics that a page is subscribed to.
const TOPICS: usize = 1024;

/// A page session, which the handles to it share.
pub(crate) struct Page {
    pub(crate) id: PageId,
    pub(crate) session: SessionId,
    pub(crate) user: Option<Arc<str>>,
    /// A random number that stands for the life of this page session, because another one may have the same id.
    epoch: u64,
    state: Mutex<State>,
}

/// The place of a message in the order of a client's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// It is the next one.
    Next,
    /// It was received before.
    Again,
    /// One before it was dropped. The client sends both again.
    Early,
    /// One before it is missing.
    Gap,
}

/// The result of a look after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swept {
    /// Nothing is left to do until this time, if there is one.
    Until(Option<Due>),
    /// The page session has to end.
    Over,
}

impl Page {
    pub(super) fn new(id: PageId, session: SessionId, user: Option<Arc<str>>) -> Self {
        Self { id, session, user, epoch: rand::random(), state: Mutex::new(State::new()) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No user code runs under this lock, so a poisoned one is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an event, or keeps it until the page is connected. Returns also the time at which the sweeper has to look
    /// after it, if that is news.
    pub(super) fn send(
        &self,
        text: String,
        qos: Qos,
        limits: QueueLimits,
        counters: &Counters,
    ) -> (Delivery, Option<Due>) {
        if qos == Qos::AtMostOnce {
            return (self.send_once(&text.into(), None, limits, counters), None);
        }
        let mut state = self.lock();
        if state.ended {
            return (Delivery::Gone, None);
        }
        let delivery = state.send_numbered(&text, qos, limits, counters);
        let news = delivery.is_queued().then(|| state.awaits_acknowledgement()).flatten();
        (delivery, news)
    }

    /// Sends a message at most once. `gone` is a connection that accepts nothing more. The one that has replaced it
    /// meanwhile receives the message: if it waited, it would come after later ones.
    pub(super) fn send_once(
        &self,
        text: &Text,
        mut gone: Option<ConnectionId>,
        limits: QueueLimits,
        counters: &Counters,
    ) -> Delivery {
        loop {
            let mut state = self.lock();
            let connection = state.greeted().map(|attached| attached.connection.clone());
            let Some(connection) = connection.filter(|connection| Some(connection.id) != gone) else {
                return state.keep(Entry { seq: 0, text: text.clone() }, limits, counters);
            };
            drop(state);
            // Outside of the lock: a full mailbox may drop an info, and with it any code of the user.
            match connection.send(Message::Text(text.clone())) {
                Delivery::Gone => gone = Some(connection.id),
                delivery => return delivery,
            }
        }
    }

    /// Attaches a connection. Returns the one that it replaces.
    pub(super) fn attach(
        &self,
        connection: &Arc<Connection>,
        view: Option<PageId>,
        speaks: Speaks,
    ) -> Option<Arc<Connection>> {
        let mut state = self.lock();
        state.view = view.or(state.view);
        // The new connection receives the messages that are not acknowledged with its greeting.
        state.repeat_at = None;
        let replaced = state.attached.replace(Box::new(Attached::new(connection, speaks)));
        drop(state);
        replaced.map(|replaced| replaced.connection)
    }

    /// Returns whether the page belongs to another view. As long as no view has named it, it belongs to its connection.
    pub(super) fn is_of_another(&self, view: Option<PageId>) -> bool {
        let state = self.lock();
        match state.view {
            Some(_) => state.view != view,
            None => state.attached.as_ref().is_some_and(|attached| attached.connection.is_open()),
        }
    }

    /// Detaches a connection, unless another one is attached. Returns the time of the detach, and the time at which the
    /// sweeper has to look after the page, if that is news.
    pub(super) fn detach(
        &self,
        connection: ConnectionId,
        linger: Duration,
    ) -> Option<(Instant, Option<Due>)> {
        let mut state = self.lock();
        let attached = state.attached.take_if(|attached| attached.connection.id == connection)?;
        let now = Instant::now();
        state.detached_at = now;
        state.repeat_at = None;
        let news = state.schedule(later(now, linger));
        drop(state);
        drop(attached);
        Some((now, news))
    }

    /// Begins the time limit of the client's hello. Returns the time at which the sweeper has to look after the page, if
    /// that is news.
    pub(super) fn await_hello(&self, connection: ConnectionId) -> Option<Due> {
        let mut state = self.lock();
        // Without a view, no hello is due.
        state.view?;
        state.attached_as(connection).filter(|attached| !attached.greeted)?;
        let at = Instant::now() + HELLO_TIMEOUT;
        state.repeat_at = Some(at);
        state.schedule(at)
    }

    /// Begins that time limit when the server reads from the connection.
    pub(super) fn waits(&self, connection: ConnectionId, until: Instant) {
        let mut state = self.lock();
        if state.attached_as(connection).is_some_and(|attached| !attached.greeted)
            && let Some(at) = &mut state.repeat_at
        {
            *at = later(until, HELLO_TIMEOUT);
        }
    }

    /// Sends the welcome and everything that waits, except the messages that the client has received, and subscribes the
    /// connection to the topics of the page. A page session that the client does not know is a new one for it, even if an
    /// earlier connection of the client, which was lost before its welcome, has begun it. `push` sends the welcome, before all
    /// mail. Returns the time at which the sweeper has to look after the page, if there is one.
    pub(super) fn greet(
        &self,
        connection: &Arc<Connection>,
        Greeting { resumed, hello, user }: Greeting<'_>,
        topics: &Topics,
        push: &mut dyn FnMut(Text),
    ) -> Option<Due> {
        let (resumed, mut evicted) = (resumed && hello.knows(self.epoch), Evicted::default());
        let mut state = self.lock();
        let State { attached, queue, topics: names, received, repeat_at, .. } = &mut *state;
        let attached = attached.as_deref_mut().filter(|attached| attached.connection.id == connection.id)?;
        attached.greeted = true;
        *repeat_at = None;
        if resumed {
            queue.acknowledge(hello.received);
        }
        let mut welcome = |resubscribed: &[Resubscribed]| {
            let topics = names.iter().map(|topic| &**topic).zip(resubscribed);
            let ids = (self.id, self.epoch);
            push(welcome(ids, resumed, *received, user.as_deref(), topics).into());
        };
        let speaks = attached.speaks;
        attached.send_all(queue);
        let positions = names.iter().map(|topic| (topic, hello.position(topic)));
        let resubscribed: Vec<_> =
            positions.map(|(topic, at)| resubscribe(connection, topic, at, topics, &mut evicted)).collect();
        if speaks == Speaks::Protocol {
            welcome(&resubscribed);
        }
        let news = state.awaits_acknowledgement();
        drop(state);
        topics.settle(&connection.shared.stats, evicted);
        news
    }

    /// Removes the messages that the client acknowledges.
    pub(super) fn acknowledged(&self, connection: ConnectionId, seq: u64) {
        let mut state = self.lock();
        let Some(attached) = state.attached_as(connection).filter(|attached| attached.greeted) else {
            return;
        };
        attached.probe = Probe::None;
        let seq = seq.min(attached.sent);
        state.queue.acknowledge(seq);
        state.repeat_at = (!state.queue.is_empty()).then(|| Instant::now() + REPEAT);
    }

    /// Takes a pong of the client. Returns whether it answers the ping behind messages that were sent again.
    pub(super) fn answered(&self, connection: ConnectionId, payload: &[u8]) -> bool {
        let mut state = self.lock();
        // Messages may have been sent behind the ping.
        let State { attached, queue, repeat_at, .. } = &mut *state;
        let attached = attached.as_deref_mut().filter(|attached| attached.connection.id == connection);
        let probed = attached.filter(|attached| attached.probe == Probe::Sent);
        let read =
            queue.first_numbered().zip(Attached::pinged(payload)).filter(|(first, read)| first <= read);
        let (Some(attached), Some(_)) = (probed, read) else { return false };
        attached.probe = Probe::Answered;
        *repeat_at = Some(Instant::now() + REPEAT);
        true
    }

    /// Notes whether a callback of the connection is pending.
    pub(super) fn set_busy(&self, connection: ConnectionId, busy: bool) {
        if let Some(attached) = self.lock().attached_as(connection) {
            attached.busy = busy;
        }
    }

    /// Returns whether a function is not finished whose message is acknowledged.
    pub(super) fn is_unfinished(&self) -> bool {
        self.lock().unfinished
    }

    pub(super) fn set_unfinished(&self, unfinished: bool) {
        self.lock().unfinished = unfinished;
    }

    /// Notes that the rate limit has dropped a message of the client.
    pub(super) fn dropped(&self, connection: ConnectionId) {
        if let Some(attached) = self.lock().attached_as(connection) {
            attached.lossy = true;
        }
    }

    /// Takes the number of a message of the client.
    pub(super) fn receive(&self, connection: ConnectionId, seq: u64) -> Received {
        let mut state = self.lock();
        match seq.checked_sub(state.received) {
            Some(1) => {
                state.received = seq;
                Received::Next
            }
            None | Some(0) => Received::Again,
            Some(_) if state.attached_as(connection).is_some_and(|attached| attached.lossy) => {
                Received::Early
            }
            Some(_) => Received::Gap,
        }
    }

    /// Returns the number of the last message of the client that was received.
    pub(super) fn received(&self) -> u64 {
        self.lock().received
    }

    /// Repeats messages, or ends the page, when that is due. `at` is the time that was scheduled. The registry is locked, so
    /// nothing is attached meanwhile.
    pub(super) fn sweep(&self, at: Instant, linger: Duration) -> Swept {
        let mut state = self.lock();
        if state.scheduled != Some(at) || state.ended {
            // An earlier time was scheduled since.
            return Swept::Until(None);
        }
        state.scheduled = None;
        let now = Instant::now();
        let State { attached, queue, repeat_at, detached_at, .. } = &mut *state;
        let Some(attached) = attached.as_deref_mut() else {
            let ends = later(*detached_at, linger);
            return if ends <= now { Swept::Over } else { Swept::Until(state.schedule(ends)) };
        };
        let Some(at) = *repeat_at else { return Swept::Until(None) };
        if at > now {
            return Swept::Until(state.schedule(at));
        }
        if !attached.greeted {
            let reason = Reason::from_static("`ws:hello` did not arrive in time");
            // A client whose hello was dropped may come back.
            let code = if attached.lossy { CloseCode::TRY_AGAIN } else { NO_HELLO };
            attached.connection.close(Close::new(code, reason));
            *repeat_at = None;
            return Swept::Until(None);
        }
        if attached.busy {
            *repeat_at = Some(now + REPEAT);
            return Swept::Until(state.schedule(now + REPEAT));
        }
        match attached.probe {
            Probe::None => attached.send_again(queue),
            Probe::Sent => {}
            Probe::Answered => {
                // A new connection begins with the same messages.
                let reason = Reason::from_static("no acknowledgement; retry=0");
                attached.connection.close(Close::new(CloseCode::TRY_AGAIN, reason));
                *repeat_at = None;
                return Swept::Until(None);
            }
        }
        *repeat_at = Some(now + REPEAT);
        Swept::Until(state.schedule(now + REPEAT))
    }

    /// Returns the time of the last detach, if nothing is attached.
    pub(super) fn detached_at(&self) -> Option<Instant> {
        let state = self.lock();
        state.attached.is_none().then_some(state.detached_at)
    }

    /// Returns the time at which the sweeper looks after the page.
    pub(super) fn scheduled(&self) -> Option<Instant> {
        self.lock().scheduled
    }

    /// Ends the page session. Returns its connection.
    pub(super) fn end(&self) -> Option<Arc<Connection>> {
        let mut state = self.lock();
        state.ended = true;
        state.queue = Queue::default();
        state.topics = BTreeSet::new();
        state.attached.take().map(|attached| attached.connection)
    }

    /// Returns the connection, if one is attached and not closing.
    pub(super) fn connection(&self) -> Option<Arc<Connection>> {
        let state = self.lock();
        let connection = state.attached.as_ref().map(|attached| attached.connection.clone());
        connection.filter(|connection| connection.is_open())
    }

    pub(super) fn is_ended(&self) -> bool {
        self.lock().ended
    }

    /// Subscribes the page. Returns `false` if it was subscribed, has ended, or is subscribed to too many topics, or if the
    /// name is too long: that would close each of its connections.
    pub(super) fn subscribe(&self, topic: &str, topics: &Topics, counters: &Counters) -> bool {
        let mut evicted = Evicted::default();
        let mut state = self.lock();
        if topic.len() > NAME
            || state.ended
            || state.topics.len() >= TOPICS
            || !state.topics.insert(topic.into())
        {
            return false;
        }
        if let Some(attached) = state.greeted() {
            let begun = resubscribe(&attached.connection, topic, None, topics, &mut evicted);
            if let Some(position) = begun.position {
                attached.subscribed(topic, position);
            }
        }
        drop(state);
        topics.settle(counters, evicted);
        true
    }

    /// Subscribes the page, and queues all messages after `from` for its connection, or none.
    pub(super) fn subscribe_from(
        &self,
        topic: &str,
        from: Option<Position>,
        topics: &Topics,
        counters: &Counters,
    ) -> Result<Recovery, TopicError> {
        if topic.len() > NAME || !topics.keeps_history(topic) {
            return Err(TopicError::no_history(topic));
        }
        let mut evicted = Evicted::default();
        let recovery = self.recover(topic, from, topics, &mut evicted);
        topics.settle(counters, evicted);
        match recovery? {
            Ok(recovery) => Ok(recovery),
            Err(reason) => Ok(Recovery { position: topics.position(counters, topic)?, missed: Err(reason) }),
        }
    }

    /// Subscribes the page. Without a recovery, returns the reason. Drop `evicted` without a lock.
    fn recover(
        &self,
        topic: &str,
        from: Option<Position>,
        topics: &Topics,
        evicted: &mut Evicted,
    ) -> Result<Result<Recovery, NotRecovered>, TopicError> {
        let mut state = self.lock();
        if state.topics.contains(topic) {
            return Ok(Err(NotRecovered::Subscribed));
        }
        if state.ended {
            return Err(TopicError::Closed);
        }
        if state.topics.len() >= TOPICS {
            return Err(TopicError::OutOfBounds);
        }
        let recovery = match state.greeted() {
            Some(attached) => {
                let stamps_json = topics.stamps_json(topic);
                // Before the messages, because the connection may be lost before the first of them.
                if let Some(from) = from.filter(|_| stamps_json) {
                    attached.subscribed(topic, from);
                }
                let recovery = topics.recover(&attached.connection, topic, from, evicted)?;
                let begun = recovery.as_ref().filter(|recovery| stamps_json && !recovery.is_recovered());
                if let Some(Recovery { position, .. }) = begun {
                    attached.subscribed(topic, *position);
                }
                recovery.ok_or(NotRecovered::Subscribed)
            }
            // The page brings its position when it comes back.
            None => Err(NotRecovered::NoPosition),
        };
        state.topics.insert(topic.into());
        Ok(recovery)
    }

    /// Unsubscribes the page. Returns `false` if it was not subscribed.
    pub(super) fn unsubscribe(&self, topic: &str, topics: &Topics) -> bool {
        let mut state = self.lock();
        if !state.topics.remove(topic) {
            return false;
        }
        if let Some(attached) = &state.attached {
            topics.unsubscribe(&attached.connection, topic);
        }
        true
    }
}
