//! The inbox of a service: what its members and the program say to it, in one order, bounded by count and by bytes.
//!
//! Members and program have as much room each, so that neither keeps the other out. Joins and closes are not counted:
//! a client that joins waits for its answer, and a connection that has ended waits until the service has heard of it,
//! so that there is one of either for each connection, which are bounded themselves. What clients leave behind that do not
//! wait is swept out.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Notify, watch};

use super::letter::Letter;
use super::room::Room;
use crate::limits::InboxLimits;
use crate::panics::drop_each;

/// Where a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Nobody has started it: what is said to it waits.
    Waiting,
    Up,
    /// It has ended, and takes nothing more.
    Down,
}

pub(crate) struct Inbox {
    pub(super) room: OnceLock<Room>,
    inner: Mutex<Inner>,
    came: Notify,
    /// Whether the service's task is over.
    ended: watch::Sender<bool>,
}

pub(super) struct Inner {
    pub(super) queue: VecDeque<Letter>,
    pub(super) status: Status,
    /// What was said before the bounds were known: so many, of so many bytes.
    pub(super) early: (usize, usize),
    /// Clients that left while they joined, since their letters were swept out.
    forsaken: usize,
}

/// Room for more letters than these is not kept.
const CROWD: usize = 4096;
/// Fewer letters than these are not worth sweeping out.
const FORSAKEN: usize = 64;

impl Inbox {
    pub(super) fn new() -> Self {
        Self {
            room: OnceLock::new(),
            inner: Mutex::new(Inner {
                queue: VecDeque::new(),
                status: Status::Waiting,
                early: (0, 0),
                forsaken: 0,
            }),
            came: Notify::new(),
            ended: watch::Sender::new(false),
        }
    }

    /// Bounds it, as its route says; the first that does counts.
    pub(super) fn bound(&self, limits: InboxLimits) {
        let _ = self.room.set(Room::new(limits));
    }

    pub(super) fn room(&self) -> &Room {
        self.room.get_or_init(|| Room::new(InboxLimits::default()))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing of the user's runs under this lock, so a poisoned one holds what it held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> Status {
        self.lock().status
    }

    /// Whether the caller is to start the service: once, however many ask.
    pub(super) fn begin(&self) -> bool {
        // From now on there are bounds, whether a route said them or not.
        self.room();
        let mut inner = self.lock();
        let waiting = inner.status == Status::Waiting;
        if waiting {
            inner.status = Status::Up;
        }
        waiting
    }

    /// The service could not be made: whoever waits is let go, and it may be tried again, unless the app drains. The count
    /// is of what the program had said.
    pub(super) fn begin_again(&self) -> usize {
        let mut inner = self.lock();
        let rest = std::mem::take(&mut inner.queue);
        let drained = rest.iter().any(|letter| matches!(letter, Letter::End));
        inner.status = if drained { Status::Down } else { Status::Waiting };
        inner.early = (0, 0);
        drop(inner);
        let room = self.room();
        for letter in &rest {
            room.free(letter);
        }
        let told = rest.iter().filter(|letter| letter.is_told()).count();
        drop_each(rest);
        if drained {
            room.close();
            self.end();
        }
        told
    }

    /// The app drains. Ends the service where nobody has started it; whether that was so.
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

    /// A client has left while it joined. Now and then, so that it costs next to nothing, the letters of such are swept
    /// out: however long the service is busy, they do not pile up.
    pub(super) fn forsaken(&self) {
        let mut inner = self.lock();
        inner.forsaken += 1;
        if inner.forsaken < FORSAKEN.max(inner.queue.len() / 2) {
            return;
        }
        inner.forsaken = 0;
        let letters = std::mem::take(&mut inner.queue).into_iter();
        let (forsaken, rest): (VecDeque<_>, VecDeque<_>) = letters.partition(Letter::is_forsaken);
        inner.queue = rest;
        drop(inner);
        drop_each(forsaken);
    }

    /// The next, if there is one.
    pub(super) fn take(&self) -> Option<Letter> {
        let mut inner = self.lock();
        let letter = inner.queue.pop_front()?;
        // A crowd that came or went at once takes its room with it.
        if inner.queue.is_empty() && inner.queue.capacity() > CROWD {
            inner.queue = VecDeque::new();
        }
        drop(inner);
        self.room().free(&letter);
        Some(match letter {
            Letter::Early(letter) => *letter,
            letter => letter,
        })
    }

    /// Says that there may be one.
    pub(super) fn notify(&self) {
        self.came.notify_one();
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
        self.room().close();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_takes_its_room_with_it() {
        let inbox = Inbox::new();
        for _ in 0..10_000 {
            assert!(inbox.push(Letter::End).is_ok());
        }
        assert!(inbox.lock().queue.capacity() >= 10_000);
        while inbox.take().is_some() {}
        assert!(inbox.lock().queue.capacity() <= CROWD);
    }

    #[test]
    fn a_drain_ends_what_has_not_begun_and_what_could_not() {
        let inbox = Inbox::new();
        assert!(inbox.end_unless_begun());
        assert!(!inbox.begin() && *inbox.ended.borrow());
        let inbox = Inbox::new();
        assert!(inbox.begin() && !inbox.end_unless_begun());
        assert!(inbox.push(Letter::End).is_ok());
        inbox.begin_again();
        assert!(inbox.status() == Status::Down && *inbox.ended.borrow());
        let inbox = Inbox::new();
        assert!(inbox.begin());
        inbox.begin_again();
        assert!(inbox.status() == Status::Waiting && inbox.begin());
    }
}
