//! How much may wait in an inbox: as much of its members as of the program.

use tokio::sync::Semaphore;

use super::letter::Letter;
use crate::limits::InboxLimits;

/// The bounds as semaphores of bytes, in which a message weighs at least its share of them: so many messages at most,
/// and so many bytes at most. They are fair: whoever waits longest is next.
pub(super) struct Room {
    pub(super) limits: InboxLimits,
    least: u32,
    total: u32,
    pub(super) members: Semaphore,
    pub(super) program: Semaphore,
}

impl Room {
    pub(super) fn new(limits: InboxLimits) -> Self {
        let small = |size: usize| u32::try_from(size.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        let (messages, bytes) = (small(limits.messages).max(1), small(limits.bytes).max(1));
        let least = (bytes / messages).max(1);
        let total = if bytes >= messages { least * messages } else { bytes };
        let semaphore = || Semaphore::new(total as usize);
        Self { limits, least, total, members: semaphore(), program: semaphore() }
    }

    /// An empty inbox takes one message of any size.
    pub(super) fn weight(&self, size: usize) -> u32 {
        u32::try_from(size).unwrap_or(u32::MAX).clamp(self.least, self.total)
    }

    /// Gives back what `letter` has taken.
    pub(super) fn free(&self, letter: &Letter) {
        let semaphore = match letter {
            Letter::Message(..) => &self.members,
            Letter::Info(_) | Letter::Broadcast(_) => &self.program,
            Letter::Join(_) | Letter::Leave(_) | Letter::Early(_) | Letter::End => return,
        };
        semaphore.add_permits(self.weight(letter.size()) as usize);
    }

    /// Whoever waits for room is let go.
    pub(super) fn close(&self) {
        self.members.close();
        self.program.close();
    }
}
