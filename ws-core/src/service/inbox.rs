//! The inbox of a service: one queue for its members and the rest of the program, limited in bytes.
//!
//! Members and the program have as much capacity each, so that neither keeps the other out. Joins and leaves are not
//! counted: a client waits until its join is answered, and a connection that has ended waits until its leave is
//! handled. So there is at most one of either for each connection, and connections are limited themselves. Joins of
//! clients that did not wait are removed from time to time. A leave that nobody waits for any more stays, but the
//! service is then too slow to accept new members, which could leave in turn.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Notify, TryAcquireError, watch};

use super::actor_message::ActorMessage;
use super::capacity::Capacity;
use super::inbox_limits::{InboxLimits, InboxOverflow};
use super::inbox_state::{InboxState, Status};
use crate::connection::{ConnectionId, Delivery};
use crate::message::Message;
use crate::shared::panics::drop_each;

/// The inbox of one service.
pub(super) struct Inbox {
    capacity: OnceLock<Capacity>,
    state: Mutex<InboxState>,
    not_empty: Notify,
    /// Whether the service's task has ended.
    ended: watch::Sender<bool>,
}

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
            state: Mutex::default(),
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

    fn lock(&self) -> MutexGuard<'_, InboxState> {
        // No user code runs under this lock, so a poisoned one is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        self.lock().status
    }

    /// Returns `true` to the first caller, which has to start the service.
    pub(super) fn begin(&self) -> bool {
        // Fixes the limits: the default ones apply unless a route has set others.
        self.capacity();
        self.lock().begin()
    }

    /// Empties the inbox, because the service could not be created. It may be started again, unless the app drains.
    /// Returns the number of messages of the program that are lost.
    pub(super) fn begin_again(&self) -> usize {
        let mut state = self.lock();
        let rest = state.take_all();
        let drained = rest.iter().any(|message| matches!(message, ActorMessage::End));
        state.status = if drained { Status::Down } else { Status::Waiting };
        drop(state);
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
        let mut state = self.lock();
        let waiting = state.status == Status::Waiting;
        if waiting {
            state.status = Status::Down;
            drop(state);
            drop_each(self.shut());
            self.end();
        }
        waiting
    }

    /// Queues a message whose capacity is taken, or that needs none. Returns it if the service has ended.
    pub(super) fn push(&self, message: ActorMessage) -> Result<(), ActorMessage> {
        self.lock().push(message)?;
        self.not_empty.notify_one();
        Ok(())
    }

    /// Queues a member's message, or applies the overflow option.
    pub(super) fn put(&self, from: ConnectionId, message: Message) -> Put {
        let capacity = self.capacity();
        let mut dropped = 0;
        loop {
            match capacity.try_take_for_member(ActorMessage::size_of_message(&message)) {
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
        let size = message.as_ref().map_or(0, ActorMessage::size_of_message);
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
        let mut state = self.lock();
        let delivery = state.admit_early(message.size());
        if delivery.is_queued() {
            state.queue.push_back(ActorMessage::Early(Box::new(message)));
            drop(state);
            self.not_empty.notify_one();
        }
        (delivery, u64::from(delivery == Delivery::Dropped))
    }

    fn drop_oldest(&self, which: impl Fn(&ActorMessage) -> bool) -> bool {
        let oldest = self.lock().remove_oldest(which);
        let Some(oldest) = oldest else { return false };
        self.capacity().free(&oldest);
        drop_each([oldest]);
        true
    }

    /// Notes that a client left before its join was answered. Removes such joins once there are enough of them, so that
    /// they do not pile up while the service is busy, at a small cost for each.
    pub(super) fn join_cancelled(&self) {
        let cancelled = self.lock().join_cancelled();
        drop_each(cancelled);
    }

    /// Takes the next message, if there is one.
    pub(super) fn take(&self) -> Option<ActorMessage> {
        let message = self.lock().pop()?;
        self.capacity().free(&message);
        Some(match message {
            ActorMessage::Early(message) => *message,
            message => message,
        })
    }

    /// Wakes the service, although there may be no message.
    pub(super) fn wake(&self) {
        self.not_empty.notify_one();
    }

    /// Waits until there may be a message.
    pub(super) async fn not_empty(&self) {
        self.not_empty.notified().await;
    }

    /// Refuses further messages. Returns those that are queued.
    pub(super) fn shut(&self) -> VecDeque<ActorMessage> {
        let mut state = self.lock();
        state.status = Status::Down;
        let rest = state.take_all();
        drop(state);
        self.capacity().close();
        rest
    }

    /// Refuses further messages, unless some are queued. Returns whether it does.
    pub(super) fn shut_if_empty(&self) -> bool {
        let mut state = self.lock();
        let empty = state.queue.is_empty();
        if empty {
            state.status = Status::Down;
            drop(state);
            self.capacity().close();
        }
        empty
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
