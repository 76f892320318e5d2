//! The inbox of a service: one queue for its members and the rest of the program, limited in messages and in bytes.
//!
//! Members and the program have as much capacity each, so that neither keeps the other out. Joins and leaves are not
//! counted: a client waits until its join is answered, and a connection that has ended waits until its leave is
//! handled. So there is at most one of either for each connection, and connections are limited themselves. Joins of
//! clients that did not wait are removed from time to time.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Notify, TryAcquireError, watch};

use super::actor_message::ActorMessage;
use super::capacity::Capacity;
use super::inbox_limits::{InboxLimits, InboxOverflow};
use crate::connection::{ConnectionId, Delivery};
use crate::message::Message;
use crate::shared::panics::drop_each;

/// The state of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// The service has not started. Messages are queued.
    Waiting,
    Up,
    /// The service has ended. Messages are refused.
    Down,
}

pub(super) struct Inbox {
    capacity: OnceLock<Capacity>,
    inner: Mutex<State>,
    not_empty: Notify,
    /// Whether the service's task has ended.
    ended: watch::Sender<bool>,
}

struct State {
    queue: VecDeque<ActorMessage>,
    status: Status,
    /// The number and the size of the messages that were queued before the limits were known.
    early: (usize, usize),
    /// The number of joins that were cancelled since such joins were last removed.
    cancelled: usize,
}

/// A queue with capacity for more messages than this is freed once it is empty.
const KEPT_ROOM: usize = 4096;
/// The smallest number of cancelled joins that are removed at a time.
const SWEPT: usize = 64;

/// The result of queueing a member's message.
pub(super) enum Put {
    /// The message is queued, and this many older messages were dropped for it.
    Queued { dropped: u64 },
    /// There is no capacity. The message has to wait.
    Full(Message),
    /// The message was dropped, because of the overflow option.
    Dropped,
    /// The member has to be closed, because of the overflow option.
    Overflow,
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            capacity: OnceLock::new(),
            inner: Mutex::new(State {
                queue: VecDeque::new(),
                status: Status::Waiting,
                early: (0, 0),
                cancelled: 0,
            }),
            not_empty: Notify::new(),
            ended: watch::Sender::new(false),
        }
    }

    /// Sets the limits. Only the first call has an effect.
    pub(super) fn set_limits(&self, limits: InboxLimits) {
        let _ = self.capacity.set(Capacity::new(limits));
    }

    fn capacity(&self) -> &Capacity {
        self.capacity.get_or_init(|| Capacity::new(InboxLimits::default()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No user code runs under this lock, so a poisoned one is still consistent.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        self.lock().status
    }

    /// Returns `true` to the first caller, which has to start the service.
    pub(super) fn begin(&self) -> bool {
        // Fixes the limits: the default ones apply unless a route has set others.
        self.capacity();
        let mut inner = self.lock();
        let waiting = inner.status == Status::Waiting;
        if waiting {
            inner.status = Status::Up;
        }
        waiting
    }

    /// Empties the inbox, because the service could not be created. It may be started again, unless the app drains.
    /// Returns the number of messages of the program that are lost.
    pub(super) fn begin_again(&self) -> usize {
        let mut inner = self.lock();
        let rest = std::mem::take(&mut inner.queue);
        let drained = rest.iter().any(|message| matches!(message, ActorMessage::End));
        inner.status = if drained { Status::Down } else { Status::Waiting };
        inner.early = (0, 0);
        drop(inner);
        let capacity = self.capacity();
        for message in &rest {
            capacity.free(message);
        }
        let lost = rest.iter().filter(|message| message.is_from_program()).count();
        drop_each(rest);
        if drained {
            capacity.close();
            self.end();
        }
        lost
    }

    /// Ends a service that has not started, because the app drains. Returns `false` if it has started.
    pub(super) fn end_unless_begun(&self) -> bool {
        let mut inner = self.lock();
        let waiting = inner.status == Status::Waiting;
        if waiting {
            inner.status = Status::Down;
            drop(inner);
            drop_each(self.shut());
            self.end();
        }
        waiting
    }

    /// Queues a message whose capacity is taken, or that needs none. Returns it if the service has ended.
    pub(super) fn push(&self, message: ActorMessage) -> Result<(), ActorMessage> {
        let mut inner = self.lock();
        if inner.status == Status::Down {
            return Err(message);
        }
        inner.queue.push_back(message);
        drop(inner);
        self.not_empty.notify_one();
        Ok(())
    }

    /// Queues a member's message, or applies the overflow option.
    pub(super) fn put(&self, from: ConnectionId, message: Message) -> Put {
        let capacity = self.capacity();
        let mut dropped = 0;
        loop {
            match capacity.try_take_for_member(message.len()) {
                Ok(()) => {
                    // If the service has ended, its member has too, or is about to.
                    drop(self.push(ActorMessage::Message(from, message)));
                    return Put::Queued { dropped };
                }
                Err(TryAcquireError::Closed) => return Put::Queued { dropped },
                Err(TryAcquireError::NoPermits) => {}
            }
            match capacity.overflow {
                InboxOverflow::Wait => return Put::Full(message),
                InboxOverflow::Close => return Put::Overflow,
                InboxOverflow::DropOldest if self.drop_oldest(ActorMessage::is_from_member) => dropped += 1,
                InboxOverflow::DropOldest | InboxOverflow::DropNewest => return Put::Dropped,
            }
        }
    }

    /// Waits for capacity, and then takes `message` and queues it.
    ///
    /// This is cancel safe: if the future is dropped, the message is still in its place.
    pub(super) async fn put_and_wait(&self, from: ConnectionId, message: &mut Option<Message>) {
        let size = message.as_ref().map_or(0, Message::len);
        if self.capacity().take_for_member(size).await
            && let Some(message) = message.take()
        {
            drop(self.push(ActorMessage::Message(from, message)));
        }
    }

    /// Queues a message of the program. Also returns the number of messages that were dropped.
    pub(super) fn send(&self, message: ActorMessage) -> (Delivery, u64) {
        let Some(capacity) = self.capacity.get() else { return self.send_early(message) };
        let mut dropped = 0;
        loop {
            match capacity.try_take_for_program(message.size()) {
                Ok(()) => {
                    let queued = self.push(message).is_ok();
                    return (if queued { Delivery::Queued } else { Delivery::Gone }, dropped);
                }
                Err(TryAcquireError::Closed) => return (Delivery::Gone, dropped),
                Err(TryAcquireError::NoPermits) => {}
            }
            if capacity.overflow != InboxOverflow::DropOldest
                || !self.drop_oldest(ActorMessage::is_from_program)
            {
                return (Delivery::Dropped, dropped + 1);
            }
            dropped += 1;
        }
    }

    /// Queues a message of the program before the limits are known. The default limits apply.
    fn send_early(&self, message: ActorMessage) -> (Delivery, u64) {
        let limits = InboxLimits::default();
        let mut inner = self.lock();
        let (count, bytes) = inner.early;
        let early = (count + 1, bytes.saturating_add(message.size()));
        if inner.status == Status::Down {
            (Delivery::Gone, 0)
        } else if early.0 > limits.messages || early.1 > limits.bytes && count > 0 {
            (Delivery::Dropped, 1)
        } else {
            inner.early = early;
            inner.queue.push_back(ActorMessage::Early(Box::new(message)));
            drop(inner);
            self.not_empty.notify_one();
            (Delivery::Queued, 0)
        }
    }

    fn drop_oldest(&self, which: impl Fn(&ActorMessage) -> bool) -> bool {
        let mut inner = self.lock();
        let oldest = inner.queue.iter().position(which).and_then(|at| inner.queue.remove(at));
        drop(inner);
        let Some(oldest) = oldest else { return false };
        self.capacity().free(&oldest);
        drop_each([oldest]);
        true
    }

    /// Notes that a client left before its join was answered. Removes such joins once there are enough of them, so that
    /// they do not pile up while the service is busy, at a small cost for each.
    pub(super) fn join_cancelled(&self) {
        let mut inner = self.lock();
        inner.cancelled += 1;
        if inner.cancelled < SWEPT.max(inner.queue.len() / 2) {
            return;
        }
        inner.cancelled = 0;
        let messages = std::mem::take(&mut inner.queue).into_iter();
        let (cancelled, rest): (VecDeque<_>, VecDeque<_>) = messages.partition(ActorMessage::is_cancelled);
        inner.queue = rest;
        drop(inner);
        drop_each(cancelled);
    }

    /// Takes the next message, if there is one.
    pub(super) fn take(&self) -> Option<ActorMessage> {
        let mut inner = self.lock();
        let message = inner.queue.pop_front()?;
        // Frees the memory that a past burst needed.
        if inner.queue.is_empty() && inner.queue.capacity() > KEPT_ROOM {
            inner.queue = VecDeque::new();
        }
        drop(inner);
        self.capacity().free(&message);
        Some(match message {
            ActorMessage::Early(message) => *message,
            message => message,
        })
    }

    /// Waits until there may be a message.
    pub(super) async fn not_empty(&self) {
        self.not_empty.notified().await;
    }

    /// Refuses further messages. Returns those that are queued.
    pub(super) fn shut(&self) -> VecDeque<ActorMessage> {
        let mut inner = self.lock();
        inner.status = Status::Down;
        let rest = std::mem::take(&mut inner.queue);
        drop(inner);
        self.capacity().close();
        rest
    }

    /// Notes that the service's task has ended.
    pub(super) fn end(&self) {
        self.ended.send_replace(true);
    }

    /// Waits until the service's task has ended.
    pub(super) async fn ended(&self) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }
}

#[cfg(test)]
mod tests;
