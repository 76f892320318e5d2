//! The state of an inbox, which its lock guards: the queue, and whether the service runs. Nothing is dropped here, so that
//! no user code runs under the lock.

use std::collections::VecDeque;

use super::actor_message::ActorMessage;
use super::inbox_limits::InboxLimits;
use crate::connection::Delivery;

/// A queue with capacity for more messages than this is freed once it is empty.
pub(super) const KEPT_ROOM: usize = 4096;
/// The smallest number of cancelled joins that are removed at a time.
const SWEPT: usize = 64;

/// The state of a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Status {
    /// The service has not started. Messages are queued.
    #[default]
    Waiting,
    Up,
    /// The service has ended. Messages are refused.
    Down,
}

#[derive(Default)]
pub(super) struct InboxState {
    pub(super) queue: VecDeque<ActorMessage>,
    pub(super) status: Status,
    /// The size of the messages that were queued before the limits were known, in bytes.
    early: usize,
    /// The number of joins that were cancelled since such joins were last removed.
    cancelled: usize,
}

impl InboxState {
    /// Returns `true` to the first caller, which has to start the service.
    pub(super) fn begin(&mut self) -> bool {
        let waiting = self.status == Status::Waiting;
        if waiting {
            self.status = Status::Up;
        }
        waiting
    }

    /// Adds a message. Returns it if the service has ended.
    pub(super) fn push(&mut self, message: ActorMessage) -> Result<(), ActorMessage> {
        if self.status == Status::Down {
            return Err(message);
        }
        self.queue.push_back(message);
        Ok(())
    }

    /// Decides whether a message of this size is queued before the limits are known, and counts it then.
    pub(super) fn admit_early(&mut self, size: usize) -> Delivery {
        let early = self.early.saturating_add(size);
        if self.status == Status::Down {
            Delivery::Gone
        } else if early > InboxLimits::default().bytes && self.early > 0 {
            Delivery::Dropped
        } else {
            self.early = early;
            Delivery::Queued
        }
    }

    /// Removes the next message.
    pub(super) fn pop(&mut self) -> Option<ActorMessage> {
        let message = self.queue.pop_front()?;
        // Frees the memory that a past burst needed.
        if self.queue.is_empty() && self.queue.capacity() > KEPT_ROOM {
            self.queue = VecDeque::new();
        }
        Some(message)
    }

    /// Removes the oldest message of this kind.
    pub(super) fn remove_oldest(&mut self, which: impl Fn(&ActorMessage) -> bool) -> Option<ActorMessage> {
        self.queue.iter().position(which).and_then(|at| self.queue.remove(at))
    }

    /// Counts a join whose client has left. Removes all such joins if there are enough of them.
    pub(super) fn join_cancelled(&mut self) -> VecDeque<ActorMessage> {
        self.cancelled += 1;
        if self.cancelled < SWEPT.max(self.queue.len() / 2) {
            return VecDeque::new();
        }
        self.cancelled = 0;
        let messages = std::mem::take(&mut self.queue).into_iter();
        let (cancelled, rest): (VecDeque<_>, VecDeque<_>) = messages.partition(ActorMessage::is_cancelled);
        self.queue = rest;
        cancelled
    }

    /// Removes all messages.
    pub(super) fn take_all(&mut self) -> VecDeque<ActorMessage> {
        self.early = 0;
        std::mem::take(&mut self.queue)
    }
}
