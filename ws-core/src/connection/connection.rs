//! The part of a connection that other tasks share.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::alarms::Place;
use super::commands::CommandQueue;
use super::delivery::Delivery;
use super::lease::LeaseChange;
use super::lost::Lost;
use super::mail::{Handled, Info, Mail, Published};
use super::mailbox::{Mailbox, Rejected};
use super::replay::Replay;
use super::request::Request;
use super::subscriptions::Subscriptions;
use crate::message::{Close, Message, Panic, Terminate};
use crate::shared::Shared;
use crate::shared::limits::MailboxLimits;
use crate::shared::panics::{catch_and_log, drop_each};

/// The largest number of spawned tasks that a connection may have under way, including those whose results wait.
const WORK: u32 = 4096;

/// The largest total size of the replays that wait, in bytes. One replay may be larger: the history of its topic bounds
/// it.
const REPLAYS: usize = 16 << 20;

/// The id of a connection, unique in the process and never reused. Ids grow in the order of the handshakes.
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

/// A connection, as other tasks see it.
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) shared: Arc<Shared>,
    /// In a box of its own: few callbacks need it, and the allocator places two smaller blocks better.
    pub(crate) request: Box<Request>,
    pub(crate) mailbox: Mailbox<Mail>,
    pub(crate) commands: CommandQueue,
    pub(crate) subscriptions: Subscriptions,
    /// The spawned tasks of its handler, and the results of those that have ended and wait.
    work: AtomicU32,
    /// Where the alarm of the connection's next deadline is.
    pub(super) alarm: Place,
    /// A value that its handler or service keeps with it.
    kept: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Connection {
    pub(crate) fn new(shared: Arc<Shared>, request: Request, limits: impl Into<Arc<MailboxLimits>>) -> Self {
        Self {
            id: ConnectionId::next(),
            shared,
            request: Box::new(request),
            mailbox: Mailbox::new(limits.into()),
            commands: CommandQueue::default(),
            subscriptions: Subscriptions::default(),
            work: AtomicU32::new(0),
            alarm: Place::none(),
            kept: OnceLock::new(),
        }
    }

    /// Queues a message, or closes the connection if it is a close message.
    pub(crate) fn send(&self, message: Message) -> Delivery {
        match message {
            Message::Close(close) => self.close(close),
            message => self.push(Mail::Send(message)),
        }
    }

    /// Queues `mail`. If the mailbox is full, its overflow option applies.
    pub(crate) fn push(&self, mail: Mail) -> Delivery {
        let mut lost = Lost::default();
        let delivery = self.mailbox.offer(mail, &mut lost);
        lost.settle(&self.shared.stats);
        delivery
    }

    /// Notes that spawned work begins. Returns `false` if too much is under way.
    pub(crate) fn work_begins(&self) -> bool {
        self.work.fetch_add(1, Ordering::Relaxed) < WORK
    }

    /// Notes that spawned work is over: its result is delivered.
    pub(crate) fn work_ended(&self) {
        self.work.fetch_sub(1, Ordering::Relaxed);
    }

    /// Queues the result of spawned work, which has a bound of its own. Returns `false` if the connection has ended.
    pub(crate) fn push_result(&self, info: Info, handled: Handled) -> bool {
        match self.mailbox.push_exempt(Mail::Result(info, handled)) {
            Ok(()) => true,
            Err(mail) => {
                drop_each([mail]);
                false
            }
        }
    }

    /// Queues messages that the client missed. They do not count in the mailbox, but those of several replays that wait
    /// may have 16 MiB together.
    pub(crate) fn replay(&self, messages: Vec<Arc<Published>>) -> Result<(), Rejected<Mail>> {
        self.mailbox.push_parted(Mail::Replay(Box::new(Replay::new(messages))), REPLAYS)
    }

    /// Queues an info of the connection itself, which no overflow drops.
    pub(crate) fn push_own(&self, info: Info) {
        if let Err(mail) = self.mailbox.push_exempt(Mail::Info(info, 0)) {
            drop_each([mail]);
        }
    }

    /// Changes the time for which the connection may live.
    pub(crate) fn change_lease(&self, change: impl Into<LeaseChange>) -> Delivery {
        match self.mailbox.change_lease(change.into()) {
            Ok(replaced) => {
                drop_each(replaced);
                Delivery::Queued
            }
            Err(change) => {
                drop_each([change]);
                Delivery::Gone
            }
        }
    }

    /// Queues a message once the mailbox has room for it.
    pub(crate) async fn send_wait(&self, message: Message) -> Delivery {
        let mut mail = match message {
            Message::Close(close) => return self.close(close),
            message => Mail::Send(message),
        };
        loop {
            match self.mailbox.offer_or_wait(mail) {
                Ok(delivery) => return delivery,
                Err((back, room)) => {
                    mail = back;
                    room.notified().await;
                }
            }
        }
    }

    /// Closes the connection once the mail before it is delivered. Later mail is refused.
    pub(crate) fn close(&self, close: Close) -> Delivery {
        match self.mailbox.push_last(Mail::Close(close)) {
            Ok(()) => Delivery::Queued,
            Err(refused) => {
                drop_each([refused]);
                Delivery::Gone
            }
        }
    }

    /// Ends the connection in the same way for this reason, because a callback failed for it. Further messages of its
    /// client are dropped. Returns the reason again if the connection ends anyway.
    pub(crate) fn fail(&self, reason: Terminate) -> Result<(), Terminate> {
        self.mailbox.refuse();
        match self.mailbox.push_last(Mail::Fail(Box::new(reason))) {
            Err(Mail::Fail(reason)) => Err(*reason),
            _ => Ok(()),
        }
    }

    /// Returns `true` if [`fail`](Self::fail) was called.
    pub(crate) fn is_refused(&self) -> bool {
        self.mailbox.is_refused()
    }

    /// Closes the connection in the same way, because the app drains. The driver learns of the deadline at once.
    pub(crate) fn drain(&self) {
        self.mailbox.drain(Mail::Drain);
    }

    /// Ends the connection because spawned work panicked. Returns the panic if the connection ends anyway.
    pub(crate) fn panicked(&self, panic: Panic) -> Result<(), Panic> {
        self.mailbox.panicked(panic)
    }

    /// Frees the capacity that a past burst needed.
    pub(crate) fn shrink(&self) {
        self.mailbox.shrink();
        self.commands.shrink();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.mailbox.is_open()
    }

    /// Keeps `value` with the connection. Returns `false`, and changes nothing, if it keeps a value already.
    pub(crate) fn keep(&self, value: impl Any + Send + Sync) -> bool {
        self.kept.set(Box::new(value)).is_ok()
    }

    /// Returns the value that is kept with the connection.
    pub(crate) fn kept<T: Any>(&self) -> Option<&T> {
        self.kept.get()?.downcast_ref()
    }
}

impl Drop for Connection {
    /// The kept value is of a user's type, and whoever drops the last handle must not panic with it.
    fn drop(&mut self) {
        if let Some(kept) = self.kept.take() {
            catch_and_log(move || drop(kept));
        }
    }
}
