//! The bounded queue of one connection. Other tasks add items, and the connection's task takes them. The queue also
//! holds the waker of that task.
#![expect(clippy::inline_always, reason = "the loop of a publisher, which the compiler would not inline")]

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::sync::Notify;

use super::batch::Batch;
use super::delivery::Delivery;
use super::entries::Entries;
use super::lease::LeaseChange;
use super::lost::Lost;
use crate::message::{Close, Panic};
use crate::shared::limits::{MailboxLimits, Overflow};

/// An entry of a mailbox that is bounded by bytes.
pub(crate) trait Weigh: Sized {
    /// Returns the size of the entry and of everything that it holds, in bytes.
    fn weight(&self) -> usize;

    /// The content of an entry that other mailboxes hold too.
    type Shared;

    /// Returns the content if other mailboxes hold it too.
    fn shared(&self) -> Option<&Self::Shared>;

    /// Like [`shared`](Self::shared), by value.
    fn into_shared(self) -> Option<Self::Shared>;

    /// Returns the key of an entry that replaces a waiting entry with the same key.
    fn key(&self) -> Option<&Arc<str>> {
        None
    }

    /// Returns whether the entry is taken in parts.
    fn is_parted(&self) -> bool {
        false
    }

    /// Splits an entry that [is taken in parts](Self::is_parted): returns the first part, and the rest if there is one.
    fn split(self) -> (Self, Option<Self>) {
        (self, None)
    }
}

/// A signal that the connection handles before the queue.
#[derive(Debug)]
pub(crate) enum Urgent {
    /// The mailbox overflowed: the connection ends.
    Overflow,
    /// Spawned work panicked: the connection ends.
    Panic(Panic),
    /// The app drains: the connection looks up the deadline of the drain.
    Drain,
    /// The time for which the connection may live has changed.
    Lease(LeaseChange),
    /// The connection's alarm rang: a deadline may have passed.
    Alarm,
}

/// An entry that [`Mailbox::push_parted`] did not queue.
#[derive(Debug)]
pub(crate) enum Rejected<T> {
    /// Too many bytes of this kind wait.
    TooMuch(T),
    /// The mailbox accepts nothing more.
    Shut(T),
}

/// The urgent signals that wait.
#[derive(Debug, Default)]
struct Waiting {
    signal: Option<Urgent>,
    /// Another signal, which none of the others replaces.
    lease: Option<LeaseChange>,
}

const MAIL: u8 = 1;
const URGENT: u8 = 2;
/// Urgent too, but nothing else is stored for it.
const ALARM: u8 = 4;
const SIGNALS: u8 = MAIL | URGENT | ALARM;
/// The upgrade is complete, so the connection's task takes the entries.
const OPENED: u8 = 8;
/// No further entries are accepted: the connection is closing, has overflowed or has ended.
const SHUT: u8 = 16;
/// The connection takes nothing more from here.
const ENDED: u8 = 32;
/// The client sent a payload that no callback takes.
const REFUSED: u8 = 64;

pub(crate) struct Mailbox<T> {
    limits: Arc<MailboxLimits>,
    /// `MAIL` while entries wait, `URGENT` while a signal waits, and the states. The connection reads these bits first,
    /// so it takes the lock only if there is something to take. They are written under the lock.
    signals: AtomicU8,
    inner: Mutex<State<T>>,
}

struct State<T> {
    entries: Entries<T>,
    /// Boxed, because most connections never have any.
    urgent: Option<Box<Waiting>>,
    waker: Option<Waker>,
    /// Wakes a sender that waits for room, when an entry is taken. Created when it is needed.
    room: Option<Arc<Notify>>,
}

impl<T: Weigh> Mailbox<T> {
    pub(crate) fn new(limits: Arc<MailboxLimits>) -> Self {
        Self {
            limits,
            signals: AtomicU8::new(0),
            inner: Mutex::new(State { entries: Entries::new(), urgent: None, waker: None, room: None }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No user code runs under this lock, so a poisoned one is still consistent.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues `item`. If it does not fit, the overflow policy applies. Lost entries, which may include `item`, are
    /// moved to `lost` and not dropped here.
    #[inline(always)]
    pub(crate) fn offer(&self, item: T, lost: &mut Lost<T>) -> Delivery {
        let mut inner = self.lock();
        if self.is(OPENED) && !self.is(SHUT) && item.key().is_none() {
            let weight = item.weight();
            if inner.entries.fits(weight, &self.limits) {
                inner.entries.add(item, weight);
                self.signal(&inner, MAIL);
                return Delivery::Queued;
            }
        }
        self.offer_otherwise(inner, item, lost)
    }

    /// The general case of [`offer`](Self::offer).
    #[inline(never)]
    fn offer_otherwise(&self, mut inner: MutexGuard<'_, State<T>>, item: T, lost: &mut Lost<T>) -> Delivery {
        if self.is(SHUT) {
            lost.unneeded([item]);
            return Delivery::Gone;
        }
        let limits = if self.is(OPENED) { *self.limits } else { self.limits.of_greeting() };
        match lost.did_not_fit(|dropped| inner.entries.push(item, &limits, dropped)) {
            Ok(replaced) => {
                self.signal(&inner, MAIL);
                lost.unneeded(replaced);
                Delivery::Queued
            }
            Err(item) => {
                if limits.overflow == Overflow::Close {
                    self.overflowed(&mut inner);
                }
                lost.did_not_fit(|dropped| dropped.push(item));
                Delivery::Dropped
            }
        }
    }

    /// Queues `item` if it fits. Otherwise returns it, and wakes a sender through the notifier when an entry was taken.
    pub(crate) fn offer_or_wait(&self, item: T) -> Result<Delivery, (T, Arc<Notify>)> {
        let mut inner = self.lock();
        if self.is(SHUT) {
            // The next sender that waits learns it too.
            if let Some(room) = &inner.room {
                room.notify_one();
            }
            drop(inner);
            drop(item);
            return Ok(Delivery::Gone);
        }
        // Whatever the overflow option is, nothing is dropped for a sender that can wait.
        let limits = if self.is(OPENED) { *self.limits } else { self.limits.of_greeting() };
        let limits = MailboxLimits { overflow: Overflow::DropNewest, ..limits };
        match inner.entries.push(item, &limits, &mut Vec::new()) {
            Ok(replaced) => {
                self.signal(&inner, MAIL);
                // There may be room for another one.
                if let Some(room) = &inner.room {
                    room.notify_one();
                }
                drop(inner);
                drop(replaced);
                Ok(Delivery::Queued)
            }
            Err(item) => Err((item, inner.room.get_or_insert_default().clone())),
        }
    }

    /// Queues `item`, which is exempt from the limits: it has a bound of its own. Returns it if the mailbox is shut.
    pub(crate) fn push_exempt(&self, item: T) -> Result<(), T> {
        let mut inner = self.lock();
        if self.is(SHUT) {
            return Err(item);
        }
        inner.entries.push_exempt(item);
        self.signal(&inner, MAIL);
        Ok(())
    }

    /// Queues `item`, which is taken in parts and exempt from the limits. Instead, the entries of this kind that wait may
    /// have `at_most` bytes together; if none waits, one of any size is accepted.
    pub(crate) fn push_parted(&self, item: T, at_most: usize) -> Result<(), Rejected<T>> {
        let mut inner = self.lock();
        if self.is(SHUT) {
            return Err(Rejected::Shut(item));
        }
        let waiting = inner.entries.parted_bytes();
        if waiting > 0 && waiting.saturating_add(item.weight()) > at_most {
            return Err(Rejected::TooMuch(item));
        }
        inner.entries.push_exempt(item);
        self.signal(&inner, MAIL);
        Ok(())
    }

    /// Applies the limits from now on, because the upgrade is complete. They do not count the entries that wait.
    pub(crate) fn open(&self) {
        let mut inner = self.lock();
        self.enter(&inner, OPENED);
        inner.entries.exempt_all();
    }

    /// Returns whether the upgrade is complete.
    pub(crate) fn is_opened(&self) -> bool {
        self.is(OPENED)
    }

    /// Ends the connection as if the mailbox had overflowed.
    pub(crate) fn overflow(&self) {
        self.overflowed(&mut self.lock());
    }

    fn overflowed(&self, inner: &mut State<T>) {
        self.enter(inner, SHUT);
        wake_senders(inner.room.as_ref());
        let signal = &mut inner.urgent.get_or_insert_default().signal;
        // A panic is the more useful reason.
        if !matches!(signal, Some(Urgent::Panic(_))) {
            *signal = Some(Urgent::Overflow);
        }
        self.signal(inner, URGENT);
    }

    /// Changes the time for which the connection may live. Returns the close frame of an earlier change that waits and
    /// that this one replaces, or `change` if the connection has ended.
    pub(crate) fn change_lease(&self, change: LeaseChange) -> Result<Option<Close>, LeaseChange> {
        let mut inner = self.lock();
        if self.is(ENDED) {
            return Err(change);
        }
        let replaced = inner.urgent.get_or_insert_default().lease.get_or_insert_default().merge(change);
        self.signal(&inner, URGENT);
        Ok(replaced)
    }

    /// Queues `item` as the last entry, even if the mailbox is full, and accepts no more. Returns `item` if the mailbox
    /// is shut already.
    pub(crate) fn push_last(&self, item: T) -> Result<(), T> {
        self.last(&mut self.lock(), item)
    }

    /// Queues `item` as the last entry, unless the mailbox is shut, and signals the drain at once.
    pub(crate) fn drain(&self, item: T) {
        let mut inner = self.lock();
        let refused = self.last(&mut inner, item);
        inner.urgent.get_or_insert_default().signal.get_or_insert(Urgent::Drain);
        self.signal(&inner, URGENT);
        drop(inner);
        drop(refused);
    }

    fn last(&self, inner: &mut State<T>, item: T) -> Result<(), T> {
        if self.is(SHUT) {
            return Err(item);
        }
        self.enter(inner, SHUT);
        wake_senders(inner.room.as_ref());
        inner.entries.push_exempt(item);
        self.signal(inner, MAIL);
        Ok(())
    }

    /// Ends the connection because spawned work panicked. Returns the panic if the connection has ended, or if an
    /// overflow or another panic ends it already.
    pub(crate) fn panicked(&self, panic: Panic) -> Result<(), Panic> {
        let mut inner = self.lock();
        if self.is(ENDED) {
            return Err(panic);
        }
        let signal = &mut inner.urgent.get_or_insert_default().signal;
        match signal {
            Some(Urgent::Overflow | Urgent::Panic(_)) => Err(panic),
            None | Some(Urgent::Drain | Urgent::Lease(_) | Urgent::Alarm) => {
                *signal = Some(Urgent::Panic(panic));
                self.signal(&inner, URGENT);
                Ok(())
            }
        }
    }

    fn signal(&self, inner: &State<T>, signal: u8) {
        // Only written under the lock.
        let before = self.signals.load(Ordering::Relaxed);
        self.signals.store(before | signal, Ordering::Release);
        // One wake-up is enough for all entries until the connection takes them.
        if before & signal == 0
            && let Some(waker) = &inner.waker
        {
            waker.wake_by_ref();
        }
    }

    /// Enters a state, which is never left.
    fn enter(&self, _: &State<T>, state: u8) {
        self.signals.store(self.signals.load(Ordering::Relaxed) | state, Ordering::Release);
    }

    #[inline]
    fn is(&self, state: u8) -> bool {
        self.signals.load(Ordering::Acquire) & state != 0
    }

    /// Notes that the client sent a payload that no callback takes.
    pub(crate) fn refuse(&self) {
        self.enter(&self.lock(), REFUSED);
    }

    /// Returns `true` if [`refuse`](Self::refuse) was called.
    pub(crate) fn is_refused(&self) -> bool {
        self.is(REFUSED)
    }

    /// Clears `signal`. The caller holds the lock.
    fn unsignal(&self, signal: u8) {
        self.signals.store(self.signals.load(Ordering::Relaxed) & !signal, Ordering::Relaxed);
    }

    /// Returns `true` if an entry or an urgent signal waits.
    #[inline]
    pub(crate) fn is_signaled(&self) -> bool {
        self.signals.load(Ordering::Acquire) & SIGNALS != 0
    }

    /// Returns `true` if an urgent signal waits.
    #[inline]
    pub(crate) fn is_urgent(&self) -> bool {
        self.signals.load(Ordering::Acquire) & (URGENT | ALARM) != 0
    }

    /// Sets the waker of the connection's task. The task calls this before it looks for entries and signals; otherwise
    /// it could miss one that arrives in between.
    pub(crate) fn register(&self, waker: &Waker) {
        self.lock().waker = Some(waker.clone());
    }

    /// Forgets the waker. Sockets keep the mailbox alive, possibly for long, and the waker would keep the memory of the
    /// ended task alive.
    pub(crate) fn unregister(&self) {
        let waker = self.lock().waker.take();
        drop(waker);
    }

    /// Wakes the connection because its alarm is due.
    pub(crate) fn ring(&self) {
        self.signal(&self.lock(), ALARM);
    }

    /// Takes the urgent signal, if one waits.
    pub(crate) fn take_urgent(&self) -> Option<Urgent> {
        if !self.is_urgent() {
            return None;
        }
        let mut inner = self.lock();
        if self.signals.load(Ordering::Relaxed) & ALARM != 0 {
            self.unsignal(ALARM);
            return Some(Urgent::Alarm);
        }
        let waiting = inner.urgent.as_mut()?;
        if let Some(change) = waiting.lease.take() {
            return Some(Urgent::Lease(change));
        }
        let signal = waiting.signal.take();
        inner.urgent = None;
        self.unsignal(URGENT);
        signal
    }

    /// Takes the next entry, if there is one.
    pub(crate) fn take(&self) -> Option<T> {
        self.take_unless(|_| false)
    }

    /// Takes the next entry, unless `stays` returns `true` for it.
    pub(crate) fn take_unless(&self, stays: impl FnOnce(&T) -> bool) -> Option<T> {
        if !self.has_mail() {
            return None;
        }
        let mut inner = self.lock();
        if inner.entries.front().is_some_and(stays) {
            return None;
        }
        let item = inner.entries.pop();
        self.taken(&inner, usize::from(item.is_some()));
        item
    }

    /// Returns `true` if an entry waits.
    #[inline]
    pub(super) fn has_mail(&self) -> bool {
        self.signals.load(Ordering::Acquire) & MAIL != 0
    }

    /// Takes the next entries, as long as they are [shared](Weigh::Shared): at most `count`, and at most until their
    /// weights reach `room`.
    #[inline]
    pub(super) fn take_batch(&self, count: usize, room: usize, batch: &mut Batch<T::Shared>) {
        let mut inner = self.lock();
        inner.entries.pop_batch(count, room, batch);
        if batch.len() > 0 {
            self.taken(&inner, batch.len());
        }
    }

    /// Notes that `count` entries were taken.
    #[inline]
    fn taken(&self, inner: &State<T>, count: usize) {
        let is_empty = inner.entries.is_empty();
        if is_empty {
            self.unsignal(MAIL);
        }
        if let Some(room) = &inner.room {
            wake_for_room(room, count, is_empty);
        }
    }

    /// Frees the capacity that a past burst needed.
    pub(crate) fn shrink(&self) {
        self.lock().entries.shrink();
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.is(SHUT)
    }

    /// Refuses further entries, and returns those that wait.
    pub(crate) fn shut(&self) -> impl Iterator<Item = T> + use<T> {
        let mut inner = self.lock();
        self.enter(&inner, SHUT | ENDED);
        let rest = std::mem::replace(&mut inner.entries, Entries::new());
        wake_senders(inner.room.as_ref());
        rest
    }
}

/// Wakes senders that wait for room: one for each entry that was taken.
#[cold]
fn wake_for_room(room: &Notify, taken: usize, is_empty: bool) {
    (0..taken).for_each(|_| room.notify_one());
    if is_empty {
        // A sender that was notified, and is not polled, does not keep the others from an empty mailbox.
        room.notify_waiters();
    }
}

/// Wakes the senders that wait for room, because the mailbox is shut.
fn wake_senders(room: Option<&Arc<Notify>>) {
    if let Some(room) = room {
        room.notify_waiters();
        // For a sender that has the notifier, and does not wait yet. It passes the permit on to the next one.
        room.notify_one();
    }
}
