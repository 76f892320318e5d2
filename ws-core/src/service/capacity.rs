//! The capacity of an inbox. All members together have as much as the rest of the program.

use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

use super::actor_message::ActorMessage;
use super::inbox_limits::{InboxLimits, InboxOverflow};

/// The limits of an inbox, as semaphores of bytes. A message weighs at least `bytes / messages`, so the number of
/// messages is limited too. The semaphores are fair: the connection that has waited longest is next.
pub(super) struct Capacity {
    pub(super) overflow: InboxOverflow,
    least: u32,
    total: u32,
    members: Semaphore,
    program: Semaphore,
}

impl Capacity {
    pub(super) fn new(limits: InboxLimits) -> Self {
        let small = |size: usize| u32::try_from(size.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        let (messages, bytes) = (small(limits.messages).max(1), small(limits.bytes).max(1));
        let least = (bytes / messages).max(1);
        let total = if bytes >= messages { least * messages } else { bytes };
        let semaphore = || Semaphore::new(total as usize);
        Self { overflow: limits.overflow, least, total, members: semaphore(), program: semaphore() }
    }

    /// The weight of a message of this size. An empty inbox takes one message of any size.
    fn weight(&self, size: usize) -> u32 {
        u32::try_from(size).unwrap_or(u32::MAX).clamp(self.least, self.total)
    }

    /// Takes capacity for a member's message of this size.
    pub(super) fn try_take_for_member(&self, size: usize) -> Result<(), TryAcquireError> {
        self.members.try_acquire_many(self.weight(size)).map(SemaphorePermit::forget)
    }

    /// Takes capacity for the program's message of this size.
    pub(super) fn try_take_for_program(&self, size: usize) -> Result<(), TryAcquireError> {
        self.program.try_acquire_many(self.weight(size)).map(SemaphorePermit::forget)
    }

    /// Waits for capacity for a member's message. Returns `false` if the service has ended.
    pub(super) async fn take_for_member(&self, size: usize) -> bool {
        self.members.acquire_many(self.weight(size)).await.map(SemaphorePermit::forget).is_ok()
    }

    /// Releases the capacity that `message` has taken.
    pub(super) fn free(&self, message: &ActorMessage) {
        let semaphore = match message {
            ActorMessage::Message(..) => &self.members,
            ActorMessage::Info(_) | ActorMessage::Broadcast(_) => &self.program,
            ActorMessage::Join(_) | ActorMessage::Leave(_) | ActorMessage::Early(_) | ActorMessage::End => {
                return;
            }
        };
        semaphore.add_permits(self.weight(message.size()) as usize);
    }

    /// Wakes all tasks that wait for capacity, because the service has ended.
    pub(super) fn close(&self) {
        self.members.close();
        self.program.close();
    }
}
