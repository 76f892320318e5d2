//! The mailbox: what other tasks and threads say to one connection, in order, bounded by count and by bytes.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use super::Shared;
use super::desk::Desk;
use crate::close::Close;
use crate::hub::membership::Membership;
use crate::hub::presence::{IntoInfo, PresenceEvent};
use crate::limits::{MailboxLimits, Overflow};
use crate::message::Message;
use crate::panics::drop_each;
use crate::protocol::PreparedMessage;
use crate::terminate::Panic;

/// What became of something that was sent to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It waits its turn. It can still be lost with the connection, as anything on a network can.
    Queued,
    /// The mailbox was full: its `overflow` says what was lost, [`Stats::dropped`](crate::Stats::dropped) counts it.
    Dropped,
    /// The connection has ended, or is about to.
    Gone,
}

impl Delivery {
    /// Whether it was queued.
    #[must_use]
    pub const fn is_queued(self) -> bool {
        matches!(self, Self::Queued)
    }
}

/// The number of a connection: unique in the process, never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

impl ConnectionId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What is said to a handler, of its own type of infos: boxed, so that a mailbox is the same code for every handler.
pub(crate) type Info = Box<dyn Any + Send>;

/// Something to do for the connection, in the order in which it was said.
#[derive(Debug)]
pub(crate) enum Mail {
    Info(Info),
    Send(Message),
    /// What was sent to many at once.
    Prepared(Arc<PreparedMessage>),
    /// Who came or went, and how to tell it: a function of the handler's that runs in the connection's own task.
    Presence(Box<PresenceEvent>, IntoInfo),
    Close(Close),
    /// The client sent what no callback can be given, and this is what is wrong with it: the connection ends here.
    Refuse(String),
    /// The app drains: the connection ends here.
    Drain,
}

/// Why the connection has to end before it has read its mail.
#[derive(Debug)]
pub(crate) enum Urgent {
    Overflow,
    /// Spawned work panicked.
    Panic(Panic),
    /// The app drains: the connection looks up until when.
    Drain,
}

const MAIL: u8 = 1;
const URGENT: u8 = 2;

pub(crate) struct Mailbox {
    pub(crate) id: ConnectionId,
    pub(crate) desk: Desk,
    pub(crate) shared: Arc<Shared>,
    pub(crate) membership: Membership,
    limits: MailboxLimits,
    /// What there is to look for, so that a connection without mail never locks.
    signals: AtomicU8,
    inner: Mutex<Inner>,
}

struct Inner {
    queue: VecDeque<Mail>,
    bytes: usize,
    urgent: Option<Urgent>,
    /// Takes nothing more: closed, overflowed or ended.
    shut: bool,
    waker: Option<Waker>,
}

impl Mailbox {
    pub(crate) fn new(shared: Arc<Shared>, limits: MailboxLimits) -> Self {
        Self {
            id: ConnectionId::next(),
            desk: Desk::default(),
            shared,
            membership: Membership::default(),
            limits,
            signals: AtomicU8::new(0),
            inner: Mutex::new(Inner {
                queue: VecDeque::new(),
                bytes: 0,
                urgent: None,
                shut: false,
                waker: None,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing of the user's runs under this lock, so a poisoned one holds what it held.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts `mail` in the queue, or does what the overflow says.
    pub(crate) fn push(&self, mail: Mail) -> Delivery {
        let mut lost = Vec::new();
        let delivery = self.offer(mail, &mut lost);
        drop_each(lost);
        delivery
    }

    /// As [`push`](Self::push), where the caller holds a lock of its own: what is lost may say something to this very
    /// socket when it is dropped, so that it is for the caller to drop.
    pub(crate) fn offer(&self, mail: Mail, lost: &mut Vec<Mail>) -> Delivery {
        let size = weight(&mail);
        let before = lost.len();
        let mut inner = self.lock();
        if inner.shut {
            lost.push(mail);
            return Delivery::Gone;
        }
        let mut fits = self.fits(&inner, size);
        if !fits && self.limits.overflow == Overflow::DropOldest {
            while !fits && let Some(oldest) = inner.queue.pop_front() {
                inner.bytes -= weight(&oldest);
                lost.push(oldest);
                fits = self.fits(&inner, size);
            }
        }
        let delivery = if fits {
            inner.bytes += size;
            inner.queue.push_back(mail);
            self.signal(&inner, MAIL);
            Delivery::Queued
        } else {
            if self.limits.overflow == Overflow::Close {
                self.overflowed(&mut inner);
            }
            lost.push(mail);
            Delivery::Dropped
        };
        drop(inner);
        if lost.len() > before {
            self.shared.stats.dropped((lost.len() - before) as u64);
        }
        delivery
    }

    /// Ends the connection: more was asked of it than there is room for.
    pub(crate) fn overflow(&self) {
        self.overflowed(&mut self.lock());
    }

    fn overflowed(&self, inner: &mut Inner) {
        inner.shut = true;
        // A panic that the connection has yet to hear of says more.
        if !matches!(inner.urgent, Some(Urgent::Panic(_))) {
            inner.urgent = Some(Urgent::Overflow);
        }
        self.signal(inner, URGENT);
    }

    /// An empty mailbox takes one entry of any size.
    fn fits(&self, inner: &Inner, size: usize) -> bool {
        inner.queue.is_empty()
            || inner.queue.len() < self.limits.messages
                && inner.bytes.saturating_add(size) <= self.limits.bytes
    }

    /// Closes the connection once it has come to it: what was said before goes first, what comes after is refused.
    pub(crate) fn close(&self, close: Close) -> Delivery {
        let said = self.last(&mut self.lock(), Mail::Close(close));
        delivery(said)
    }

    /// Ends the connection in the same way, since its client sent what cannot be read.
    pub(crate) fn refuse_message(&self, what: String) -> Delivery {
        let said = self.last(&mut self.lock(), Mail::Refuse(what));
        delivery(said)
    }

    /// Ends the connection in the same way; it also learns at once until when it has time.
    pub(crate) fn drain(&self) {
        let mut inner = self.lock();
        // To one that has ended it says nothing new.
        let _ = self.last(&mut inner, Mail::Drain);
        inner.urgent.get_or_insert(Urgent::Drain);
        self.signal(&inner, URGENT);
    }

    /// The error is what is not taken, for the caller to drop without the lock.
    fn last(&self, inner: &mut Inner, mail: Mail) -> Result<(), Mail> {
        if inner.shut {
            return Err(mail);
        }
        inner.shut = true;
        inner.queue.push_back(mail);
        self.signal(inner, MAIL);
        Ok(())
    }

    /// Says that spawned work panicked, which does not wait its turn; whether the connection still hears it.
    pub(crate) fn panicked(&self, panic: Panic) -> Result<(), Panic> {
        let mut inner = self.lock();
        match inner.urgent {
            // What ends it anyhow.
            Some(Urgent::Overflow | Urgent::Panic(_)) => Err(panic),
            None | Some(Urgent::Drain) => {
                inner.urgent = Some(Urgent::Panic(panic));
                self.signal(&inner, URGENT);
                Ok(())
            }
        }
    }

    fn signal(&self, inner: &Inner, signal: u8) {
        // Written under the lock alone.
        let before = self.signals.load(Ordering::Relaxed);
        self.signals.store(before | signal, Ordering::Release);
        // One wake for all that gathers until the connection looks.
        if before & signal == 0
            && let Some(waker) = &inner.waker
        {
            waker.wake_by_ref();
        }
    }

    /// The caller holds the lock.
    fn unsignal(&self, signal: u8) {
        self.signals.store(self.signals.load(Ordering::Relaxed) & !signal, Ordering::Relaxed);
    }

    /// Whether there is something to look for.
    #[inline]
    pub(crate) fn is_signaled(&self) -> bool {
        self.signals.load(Ordering::Acquire) != 0
    }

    /// From now on, wakes the task of `waker`.
    pub(crate) fn register(&self, waker: &Waker) {
        self.lock().waker = Some(waker.clone());
    }

    /// What cannot wait, if anything.
    pub(crate) fn take_urgent(&self) -> Option<Urgent> {
        if self.signals.load(Ordering::Acquire) & URGENT == 0 {
            return None;
        }
        let mut inner = self.lock();
        self.unsignal(URGENT);
        inner.urgent.take()
    }

    /// The next of what waits.
    pub(crate) fn take(&self) -> Option<Mail> {
        self.take_unless(|_| false)
    }

    /// The next of what waits, unless it `stays`.
    pub(crate) fn take_unless(&self, stays: impl FnOnce(&Mail) -> bool) -> Option<Mail> {
        if self.signals.load(Ordering::Acquire) & MAIL == 0 {
            return None;
        }
        let mut inner = self.lock();
        if inner.queue.front().is_some_and(stays) {
            return None;
        }
        let mail = inner.queue.pop_front();
        inner.bytes -= mail.as_ref().map_or(0, weight).min(inner.bytes);
        if inner.queue.is_empty() {
            self.unsignal(MAIL);
        }
        mail
    }

    /// Gives back the room that a past burst took.
    pub(crate) fn shrink(&self) {
        self.lock().queue.shrink_to_fit();
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.lock().shut
    }

    /// Takes nothing more, and drops what still waits.
    pub(crate) fn shut(&self) {
        let mut inner = self.lock();
        inner.shut = true;
        let rest = std::mem::take(&mut inner.queue);
        // It keeps the memory of the task, and a socket may be kept for long.
        let waker = inner.waker.take();
        drop(inner);
        drop(waker);
        self.leave_all();
        drop_each(rest);
    }
}

fn delivery(said: Result<(), Mail>) -> Delivery {
    match said {
        Ok(()) => Delivery::Queued,
        Err(refused) => {
            drop_each([refused]);
            Delivery::Gone
        }
    }
}

/// What an entry counts for: itself and its payload.
fn weight(mail: &Mail) -> usize {
    let payload = match mail {
        Mail::Send(message) => message.len(),
        Mail::Prepared(prepared) => prepared.message.len(),
        Mail::Info(info) => size_of_val(&**info),
        Mail::Presence(event, _) => event.weight(),
        Mail::Close(_) | Mail::Refuse(_) | Mail::Drain => 0,
    };
    size_of::<Mail>() + payload
}

#[cfg(test)]
mod tests;
