//! The inbox of a service: what its members and the program say to it, in one order, bounded by count and by bytes.
//!
//! Members and program have as much room each, so that neither keeps the other out. Joins and closes are not counted:
//! a client that joins waits for its answer, and a connection that has ended waits until the service has heard of it,
//! so that there is one of either for each connection, which are bounded themselves.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::response::Response;
use tokio::sync::{Notify, Semaphore, oneshot, watch};

use super::seat::Seat;
use crate::limits::{InboxLimits, InboxOverflow};
use crate::message::Message;
use crate::panics::drop_each;
use crate::shared::mailbox::{ConnectionId, Delivery};
use crate::terminate::Terminate;

/// What is of a service's own type: boxed, so that an inbox is the same code for every service.
pub(super) type Erased = Box<dyn Any + Send>;

/// Something that happens to a service.
pub(super) enum Letter {
    Join(Box<Joining>),
    Message(ConnectionId, Message),
    Leave(Box<Leaving>),
    Info(Erased),
    Broadcast(Erased),
    /// The app drains, and all members have left.
    End,
}

/// A client that asks to be a member.
pub(super) struct Joining {
    /// The service's `Asked`.
    pub(super) asked: Erased,
    /// Its `Member`.
    pub(super) member: Erased,
    pub(super) answer: oneshot::Sender<Result<Seat, Response>>,
}

/// A member whose connection has ended.
pub(super) struct Leaving {
    pub(super) id: ConnectionId,
    /// A message of its that had found no room yet: it came before the end.
    pub(super) last: Option<Message>,
    pub(super) reason: Arc<Terminate>,
    /// Dropped when the service has heard of it.
    pub(super) heard: oneshot::Sender<()>,
}

/// Where a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Nobody has started it: what is said to it waits.
    Waiting,
    Up,
    /// It has ended, and takes nothing more.
    Down,
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

pub(crate) struct Inbox {
    room: OnceLock<Room>,
    inner: Mutex<Inner>,
    came: Notify,
    /// Whether the service's task is over.
    ended: watch::Sender<bool>,
}

struct Inner {
    queue: VecDeque<Letter>,
    status: Status,
}

/// The bounds as semaphores of bytes, in which a message weighs at least its share of them: so many messages at most,
/// and so many bytes at most. They are fair: whoever waits longest is next.
struct Room {
    limits: InboxLimits,
    least: u32,
    total: u32,
    members: Semaphore,
    program: Semaphore,
}

impl Room {
    fn new(limits: InboxLimits) -> Self {
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
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            room: OnceLock::new(),
            inner: Mutex::new(Inner { queue: VecDeque::new(), status: Status::Waiting }),
            came: Notify::new(),
            ended: watch::Sender::new(false),
        }
    }

    /// Bounds it, as its route says; the first that does counts.
    pub(super) fn bound(&self, limits: InboxLimits) {
        let _ = self.room.set(Room::new(limits));
    }

    fn room(&self) -> &Room {
        self.room.get_or_init(|| Room::new(InboxLimits::default()))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing of the user's runs under this lock, so a poisoned one holds what it held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        self.lock().status
    }

    /// Whether the caller is to start the service: once, however many ask.
    pub(super) fn begin(&self) -> bool {
        let mut inner = self.lock();
        let waiting = inner.status == Status::Waiting;
        if waiting {
            inner.status = Status::Up;
        }
        waiting
    }

    /// The service could not be made: whoever waits is let go, and it may be tried again.
    pub(super) fn begin_again(&self) {
        let mut inner = self.lock();
        inner.status = Status::Waiting;
        let rest = std::mem::take(&mut inner.queue);
        drop(inner);
        for letter in &rest {
            self.free(letter);
        }
        drop_each(rest);
    }

    /// Puts in what is not bounded here. `Err` gives it back: the service has ended.
    pub(super) fn push(&self, letter: Letter) -> Result<(), Letter> {
        let mut inner = self.lock();
        if inner.status == Status::Down {
            return Err(letter);
        }
        inner.queue.push_back(letter);
        drop(inner);
        self.came.notify_one();
        Ok(())
    }

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
        let room = self.room();
        let weight = room.weight(size(&letter));
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
            let is_told = |letter: &Letter| matches!(letter, Letter::Info(_) | Letter::Broadcast(_));
            if room.limits.overflow != InboxOverflow::DropOldest || !self.drop_oldest(is_told) {
                return (Delivery::Dropped, dropped + 1);
            }
            dropped += 1;
        }
    }

    fn drop_oldest(&self, which: impl Fn(&Letter) -> bool) -> bool {
        let mut inner = self.lock();
        let oldest = inner.queue.iter().position(which).and_then(|at| inner.queue.remove(at));
        drop(inner);
        let Some(oldest) = oldest else { return false };
        self.free(&oldest);
        drop_each([oldest]);
        true
    }

    fn free(&self, letter: &Letter) {
        let room = self.room();
        let semaphore = match letter {
            Letter::Message(..) => &room.members,
            Letter::Info(_) | Letter::Broadcast(_) => &room.program,
            Letter::Join(_) | Letter::Leave(_) | Letter::End => return,
        };
        semaphore.add_permits(room.weight(size(letter)) as usize);
    }

    /// The next, if there is one.
    pub(super) fn take(&self) -> Option<Letter> {
        let letter = self.lock().queue.pop_front()?;
        self.free(&letter);
        Some(letter)
    }

    /// Resolves when there may be one.
    pub(super) async fn came(&self) {
        self.came.notified().await;
    }

    /// Takes nothing more; what waited.
    pub(super) fn shut(&self) -> VecDeque<Letter> {
        let mut inner = self.lock();
        inner.status = Status::Down;
        let rest = std::mem::take(&mut inner.queue);
        drop(inner);
        // Whoever waits for room is let go.
        let room = self.room();
        room.members.close();
        room.program.close();
        rest
    }

    /// The service's task is over.
    pub(super) fn end(&self) {
        self.ended.send_replace(true);
    }

    /// Resolves when it is.
    pub(super) async fn ended(&self) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }
}

/// What a letter counts for: itself and its payload.
fn size(letter: &Letter) -> usize {
    match letter {
        Letter::Message(_, message) => message.len(),
        Letter::Info(told) | Letter::Broadcast(told) => size_of::<Letter>() + size_of_val(&**told),
        Letter::Join(_) | Letter::Leave(_) | Letter::End => 0,
    }
}
