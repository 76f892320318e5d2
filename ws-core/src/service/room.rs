//! How much may wait in an inbox, as much of its members as of the program, and what happens where there is no room.

use tokio::sync::Semaphore;

use super::inbox::{Inbox, Status};
use super::letter::Letter;
use crate::limits::{InboxLimits, InboxOverflow};
use crate::message::Message;
use crate::panics::drop_each;
use crate::shared::mailbox::{ConnectionId, Delivery};

/// The bounds as semaphores of bytes, in which a message weighs at least its share of them: so many messages at most,
/// and so many bytes at most. They are fair: whoever waits longest is next.
pub(super) struct Room {
    limits: InboxLimits,
    least: u32,
    total: u32,
    members: Semaphore,
    program: Semaphore,
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
    fn weight(&self, size: usize) -> u32 {
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

/// What became of a member's message.
pub(super) enum Put {
    /// In the inbox; so many older messages were dropped for it.
    In { dropped: u64 },
    /// There is no room: it is to be waited for.
    Full(Message),
    /// Dropped, as the overflow says.
    Dropped,
    /// Its member is to be closed, as the overflow says.
    Overflow,
}

impl Inbox {
    /// Puts in a member's message, or does what the overflow says.
    pub(super) fn put(&self, from: ConnectionId, message: Message) -> Put {
        let room = self.room();
        let weight = room.weight(message.len());
        let mut dropped = 0;
        loop {
            if let Ok(permit) = room.members.try_acquire_many(weight) {
                permit.forget();
                // Where the service has ended, so has its member, or is about to.
                drop(self.push(Letter::Message(from, message)));
                return Put::In { dropped };
            }
            match room.limits.overflow {
                _ if room.members.is_closed() => return Put::In { dropped },
                InboxOverflow::Wait => return Put::Full(message),
                InboxOverflow::Close => return Put::Overflow,
                InboxOverflow::DropOldest
                    if self.drop_oldest(|letter| matches!(letter, Letter::Message(..))) =>
                {
                    dropped += 1;
                }
                InboxOverflow::DropOldest | InboxOverflow::DropNewest => return Put::Dropped,
            }
        }
    }

    /// Waits for room and puts `message` in; it stays where it is until there is some.
    pub(super) async fn put_in_time(&self, from: ConnectionId, message: &mut Option<Message>) {
        let room = self.room();
        let weight = room.weight(message.as_ref().map_or(0, Message::len));
        let Ok(permit) = room.members.acquire_many(weight).await else { return };
        permit.forget();
        if let Some(message) = message.take() {
            drop(self.push(Letter::Message(from, message)));
        }
    }

    /// Puts in what the program says. The count is of those that were dropped.
    pub(super) fn tell(&self, letter: Letter) -> (Delivery, u64) {
        let Some(room) = self.room.get() else { return self.tell_early(letter) };
        let weight = room.weight(letter.size());
        let mut dropped = 0;
        loop {
            if let Ok(permit) = room.program.try_acquire_many(weight) {
                permit.forget();
                return match self.push(letter) {
                    Ok(()) => (Delivery::Queued, dropped),
                    Err(_) => (Delivery::Gone, dropped),
                };
            }
            if room.program.is_closed() {
                return (Delivery::Gone, dropped);
            }
            if room.limits.overflow != InboxOverflow::DropOldest || !self.drop_oldest(Letter::is_told) {
                return (Delivery::Dropped, dropped + 1);
            }
            dropped += 1;
        }
    }

    /// The same before any route has bounded the inbox: as much as by default.
    fn tell_early(&self, letter: Letter) -> (Delivery, u64) {
        let limits = InboxLimits::default();
        let mut inner = self.lock();
        let (count, bytes) = inner.early;
        let early = (count + 1, bytes.saturating_add(letter.size()));
        if inner.status == Status::Down {
            (Delivery::Gone, 0)
        } else if early.0 > limits.messages || early.1 > limits.bytes && count > 0 {
            (Delivery::Dropped, 1)
        } else {
            inner.early = early;
            inner.queue.push_back(Letter::Early(Box::new(letter)));
            drop(inner);
            self.notify();
            (Delivery::Queued, 0)
        }
    }

    fn drop_oldest(&self, which: impl Fn(&Letter) -> bool) -> bool {
        let mut inner = self.lock();
        let oldest = inner.queue.iter().position(which).and_then(|at| inner.queue.remove(at));
        drop(inner);
        let Some(oldest) = oldest else { return false };
        self.room().free(&oldest);
        drop_each([oldest]);
        true
    }
}
