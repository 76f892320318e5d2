//! Events that do not come from the client: items of the mailbox, and timers.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::beside::Passes;
use super::budget::Budget;
use super::event::Event;
use super::frame_stream::FrameStream;
use crate::connection::batch::Batch;
use crate::connection::connection::Connection;
use crate::connection::deadlines::Deadlines;
use crate::connection::mail::{Handled, Info, Infos, Mail};
use crate::connection::mailbox::Urgent;
use crate::connection::timers::Timers;
use crate::message::Terminate;
use crate::shared::clock::Moment;

pub(super) struct Arrivals {
    pub(super) connection: Arc<Connection>,
    /// The address of the waker that is registered with the mailbox, which keeps it alive.
    waker: Option<NonZeroUsize>,
    /// The rest of a batch of infos.
    batch: Option<Box<Infos>>,
    /// Set while timers are due, to the time at which that was noticed.
    timers_due: Option<Moment>,
    /// The handler's `#[outgoing]` receives messages that are sent from outside.
    outgoing: bool,
    /// The messages of the client that its page session receives. Here, the field takes no space of its own.
    pub(super) passes: Passes,
    /// The running callback received its event from here. A close that was queued behind the event waits for the reply.
    pub(super) callback_runs: bool,
    /// The running callback received an item of a stream, which waits until the callback is over.
    handled: Option<Box<Handled>>,
}

/// The result of [`Arrivals::next`].
pub(super) enum Next {
    Event(Event<'static>),
    /// The write queue is full.
    Full,
    Nothing,
}

/// The time at which mailbox items are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum While {
    /// No callback of the handler is pending.
    Idle,
    /// A callback is pending. It is finished before a drain ends the connection, and the deadline of the drain limits it.
    Callback,
}

impl Arrivals {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self {
            passes: Passes::of(&connection),
            connection,
            waker: None,
            batch: None,
            timers_due: None,
            outgoing: false,
            callback_runs: false,
            handled: None,
        }
    }

    /// Returns messages that are sent from outside as [`Event::Outgoing`] from now on.
    pub(super) const fn show_outgoing(&mut self) {
        self.outgoing = true;
    }

    pub(super) const fn timers_are_due(&mut self, now: Moment) {
        self.timers_due = Some(now);
    }

    /// Notes that the callback of the last event is over, and that there is room for another reply.
    #[inline]
    pub(super) fn callback_is_over(&mut self) {
        if self.handled.is_some() {
            self.handled = None;
        }
    }

    /// Returns whether an item or a timer waits.
    #[inline]
    pub(super) fn are_waiting(&self) -> bool {
        self.connection.mailbox.is_signaled() || self.batch.is_some() || self.timers_due.is_some()
    }

    /// Returns whether nothing is next but items of the mailbox.
    #[inline]
    pub(super) fn are_calm(&self) -> bool {
        self.batch.is_none() && self.timers_due.is_none() && self.handled.is_none() && !self.callback_runs
    }

    /// Wakes `task` when an item arrives. Call this before you look for items. Returns `true` if it is another task than
    /// before.
    #[inline]
    pub(super) fn register(&mut self, task: &Context<'_>) -> bool {
        let waker = NonZeroUsize::new(task.waker().data().addr());
        if waker.is_some() && self.waker == waker {
            return false;
        }
        self.waker = waker;
        self.connection.mailbox.register(task.waker());
        true
    }

    /// Handles the urgent signals of the mailbox. An error ends the connection.
    #[cold]
    pub(super) fn urgent(&self, deadlines: &mut Deadlines) -> Result<(), Terminate> {
        while let Some(urgent) = self.connection.mailbox.take_urgent() {
            match urgent {
                Urgent::Overflow => return Err(Terminate::Overflow),
                Urgent::Panic(panic) => return Err(Terminate::Panic(panic)),
                Urgent::Drain => {
                    deadlines.set_drain(self.connection.shared.drain.deadline().map(Into::into));
                }
                Urgent::Lease(change) => deadlines.change_lease(change),
                Urgent::Alarm => deadlines.alarm_rang(),
            }
        }
        Ok(())
    }

    /// Sends mailbox items, up to the first that is for a callback. Pending while the write queue is full.
    pub(super) fn poll_deliver(
        &self,
        task: &mut Context<'_>,
        stream: &mut FrameStream,
        budget: &mut Budget,
        time: While,
    ) -> Poll<Result<(), Terminate>> {
        let stays = |mail: &Mail| match mail {
            Mail::Drain => time == While::Callback,
            Mail::Close(_) => time == While::Callback && self.callback_runs,
            mail => mail.is_for_callback(self.outgoing),
        };
        while budget.has_mail() && self.batch.is_none() {
            ready!(stream.poll_room(task))?;
            if !self.connection.mailbox.has_mail() {
                break;
            }
            if !self.outgoing && self.send_published(stream, budget) {
                continue;
            }
            let Some(mail) = self.connection.mailbox.take_unless(stays) else { break };
            budget.spend_mail();
            mail.carry_out(&mut stream.protocol)?;
        }
        Poll::Ready(Ok(()))
    }

    /// Sends the published messages that are next in the mailbox. Those that must wait for room in the write queue stay in
    /// the mailbox, where the overflow policy applies to them. Returns `false` if there is none.
    #[inline]
    fn send_published(&self, stream: &mut FrameStream, budget: &mut Budget) -> bool {
        let mut batch = Batch::new();
        // The weight of a message is more than the length of its frame.
        self.connection.mailbox.take_batch(budget.mail(), stream.room(), &mut batch);
        budget.spend_batch(batch.len());
        let any = batch.len() > 0;
        for published in batch.by_ref() {
            stream.protocol.send_prepared(&published.prepared);
        }
        // It is empty. To drop it would check each place of an entry.
        std::mem::forget(batch);
        any
    }

    /// Sends mailbox items that need no callback, and returns the next that needs one. Mailbox items come first, so
    /// that infos sent in `init` and `open` are delivered before any frame, then timers.
    pub(super) fn next(
        &mut self,
        stream: &mut FrameStream,
        timers: Option<&mut Timers>,
        budget: &mut Budget,
    ) -> Result<Next, Terminate> {
        while budget.has_mail() {
            if let Some(info) = self.next_of_batch() {
                budget.spend_mail();
                return Ok(Next::Event(Event::Info(info)));
            }
            let Some(mail) = self.connection.mailbox.take() else { break };
            budget.spend_mail();
            match mail {
                Mail::Info(info, _) => return Ok(Next::Event(Event::Info(info))),
                Mail::Result(info, handled) => {
                    if let Handled::Stream { .. } = handled {
                        self.handled = Some(Box::new(handled));
                    }
                    return Ok(Next::Event(Event::Info(info)));
                }
                Mail::Batch(batch) => self.batch = Some(Box::new(batch.make())),
                Mail::Send(message) if self.outgoing => return Ok(Next::Event(Event::Outgoing(message))),
                Mail::Published(published) if self.outgoing => {
                    return Ok(Next::Event(Event::Outgoing(published.prepared.message.clone())));
                }
                mail => mail.carry_out(&mut stream.protocol)?,
            }
            if stream.is_full() {
                return Ok(Next::Full);
            }
        }
        if budget.has_mail()
            && let Some(now) = self.timers_due
        {
            if let Some(info) = timers.and_then(|timers| timers.take_due(now.into())) {
                budget.spend_mail();
                return Ok(Next::Event(Event::Info(info)));
            }
            self.timers_due = None;
        }
        Ok(Next::Nothing)
    }

    fn next_of_batch(&mut self) -> Option<Info> {
        let batch = self.batch.as_mut()?;
        let info = batch.next();
        // Messages behind the last info go out while its callback is pending.
        if batch.len() == 0 {
            self.batch = None;
        }
        info
    }
}
