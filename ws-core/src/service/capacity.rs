//! The capacity of an inbox. All members together have as much as the rest of the program.

use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

use super::actor_message::ActorMessage;
use super::inbox_limits::{InboxLimits, InboxOverflow};

/// The default number of members' messages if members wait for capacity. It costs no message, and a member that sends
/// without end delays the others less.
const WAITING: usize = 1024;

pub(super) struct Capacity {
    pub(super) overflow: InboxOverflow,
    members: Bound,
    program: Bound,
}

/// A limit in bytes. If the number of messages is limited too, each weighs at least `bytes / messages`. The semaphore is
/// fair: the connection that has waited longest is next.
struct Bound {
    least: u32,
    total: u32,
    semaphore: Semaphore,
}

impl Bound {
    fn new(bytes: usize, messages: Option<usize>) -> Self {
        let small = |size: usize| u32::try_from(size.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX).max(1);
        let bytes = small(bytes);
        let (least, total) = match messages.map(small) {
            Some(messages) if bytes >= messages => (bytes / messages, bytes / messages * messages),
            _ => (1, bytes),
        };
        Self { least, total, semaphore: Semaphore::new(total as usize) }
    }

    /// The weight of a message of this size. An empty inbox takes one message of any size.
    fn weight(&self, size: usize) -> u32 {
        u32::try_from(size).unwrap_or(u32::MAX).clamp(self.least, self.total)
    }

    fn try_take(&self, size: usize) -> Result<(), TryAcquireError> {
        self.semaphore.try_acquire_many(self.weight(size)).map(SemaphorePermit::forget)
    }

    fn free(&self, size: usize) {
        self.semaphore.add_permits(self.weight(size) as usize);
    }
}

impl Capacity {
    pub(super) fn new(limits: InboxLimits) -> Self {
        let InboxLimits { bytes, messages, overflow } = limits;
        let waiting = (overflow == InboxOverflow::Wait).then_some(WAITING);
        Self {
            overflow,
            members: Bound::new(bytes, messages.or(waiting)),
            program: Bound::new(bytes, messages),
        }
    }

    /// Takes capacity for a member's message of this size.
    pub(super) fn try_take_for_member(&self, size: usize) -> Result<(), TryAcquireError> {
        self.members.try_take(size)
    }

    /// Takes capacity for the program's message of this size.
    pub(super) fn try_take_for_program(&self, size: usize) -> Result<(), TryAcquireError> {
        self.program.try_take(size)
    }

    /// Waits for capacity for a member's message. Returns `false` if the service has ended.
    pub(super) async fn take_for_member(&self, size: usize) -> bool {
        let Bound { semaphore, .. } = &self.members;
        semaphore.acquire_many(self.members.weight(size)).await.map(SemaphorePermit::forget).is_ok()
    }

    /// Releases the capacity that `message` has taken.
    pub(super) fn free(&self, message: &ActorMessage) {
        match message {
            ActorMessage::Message(..) => self.members.free(message.size()),
            ActorMessage::Info(..) | ActorMessage::Broadcast(..) => self.program.free(message.size()),
            ActorMessage::Join(_)
            | ActorMessage::Leave(_)
            | ActorMessage::Early(_)
            | ActorMessage::Own(_)
            | ActorMessage::Batch(_)
            | ActorMessage::Expiring(..)
            | ActorMessage::End => {}
        }
    }

    /// Wakes all tasks that wait for capacity, because the service has ended.
    pub(super) fn close(&self) {
        self.members.semaphore.close();
        self.program.semaphore.close();
    }
}
