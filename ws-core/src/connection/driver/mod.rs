//! The driver: one connection's event loop. It owns the stream, the protocol's state and the deadlines, and one task polls
//! it. In reading order: a [`turn`] between two callbacks, [`read`]ing, deadlines that are [`due`], the connection while a
//! callback is [`pending`] or the client does not read, and the [`close`].

mod close;
mod due;
mod pending;
mod read;
#[cfg(test)]
mod tests;
mod turn;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::deadlines::Deadlines;
use super::io::{Io, ReadBuffer, Stream};
use crate::incoming::Incoming;
use crate::limits::Limits;
use crate::message::Message;
use crate::protocol::deflate::Settled;
use crate::protocol::{FrameLimits, Protocol};
use crate::shared::mailbox::{Info, Mailbox, Urgent};
use crate::shared::stats::Traffic;
use crate::terminate::Terminate;

/// How much mail (with timers), and how many frames, are taken before other connections have their turn.
const BUDGET: u32 = 64;
/// No further callback begins while so many bytes wait to be written.
const QUEUE_LIMIT: usize = 64 << 10;

/// The next event for a callback.
pub(crate) enum Event<'b> {
    Message(Incoming<'b>),
    Info(Info),
    /// A message that was sent from elsewhere, where the handler has `#[outgoing]`.
    Outgoing(Message),
}

#[expect(clippy::struct_excessive_bools, reason = "each is a state that comes and goes by itself")]
pub(crate) struct Driver {
    io: Io,
    protocol: Protocol,
    /// Bytes that were read, and are not lent to a callback.
    unread: ReadBuffer,
    /// How many bytes are left in a buffer that is lent to the callback that runs.
    lent_rest: usize,
    /// There may be whole frames in `unread`; otherwise it holds a part of one.
    undecoded: bool,
    /// Payloads are copied: the last callback was pending, or a service takes the messages.
    copies: bool,
    /// The last data message was read directly: the next one may be as large.
    large: bool,
    /// Messages that were decoded before their callback can begin: control frames, and at most one data message, the last.
    ahead: VecDeque<Incoming<'static>>,
    /// Since when a message, or a part of a frame, waits for its rest.
    begun: Option<Instant>,
    deadlines: Deadlines,
    mailbox: Arc<Mailbox>,
    /// Set while timers are due: as of when.
    timers_due: Option<Instant>,
    mail_left: u32,
    frames_left: u32,
    hibernate: bool,
    /// The queue is full, because the client reads more slowly than messages come: callbacks wait.
    blocked: bool,
    /// The connection ends: messages that still arrive are dropped.
    closing: bool,
    /// The stream was closed at once.
    cut: bool,
    /// Nothing more comes from the client.
    read_ended: bool,
    /// The handler sees messages that are sent from elsewhere.
    outgoing: bool,
    close_timeout: Duration,
    messages_in: u64,
    /// The waker that the mailbox knows.
    waker: Option<Waker>,
}

impl Driver {
    /// Drives `stream`, whose first bytes came `early`, with the handshake.
    pub(in crate::connection) fn new(
        stream: Stream,
        early: &[u8],
        limits: &Limits,
        settled: Option<Settled>,
        mailbox: Arc<Mailbox>,
    ) -> Self {
        Self {
            io: Io::new(stream, early.len()),
            protocol: Protocol::new(FrameLimits::new(limits), settled),
            unread: if early.is_empty() { ReadBuffer::default() } else { ReadBuffer::of(early) },
            lent_rest: 0,
            undecoded: !early.is_empty(),
            copies: false,
            large: false,
            ahead: VecDeque::new(),
            begun: None,
            deadlines: Deadlines::new(limits),
            mailbox,
            timers_due: None,
            mail_left: BUDGET,
            frames_left: BUDGET,
            hibernate: false,
            blocked: false,
            closing: false,
            cut: false,
            read_ended: false,
            outgoing: false,
            close_timeout: limits.close_timeout,
            messages_in: 0,
            waker: None,
        }
    }

    /// From now on, a message that is sent from elsewhere is an [`Event::Outgoing`].
    pub(in crate::connection) const fn show_outgoing(&mut self) {
        self.outgoing = true;
    }

    /// Whether messages own their payloads, from the next read on.
    pub(crate) const fn copy_payloads(&mut self, copies: bool) {
        self.copies = copies;
    }

    /// Whether replies may encode their messages themselves.
    pub(in crate::connection) const fn sends_encoded(&self) -> bool {
        self.protocol.sends_encoded()
    }

    /// Drops state that can be rebuilt, once there is nothing to do.
    fn hibernate(&mut self) {
        self.hibernate = true;
        self.mailbox.shrink();
        self.mailbox.desk.shrink();
    }

    fn register(&mut self, task: &Context<'_>) {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(task.waker())) {
            self.waker = Some(task.waker().clone());
            self.mailbox.register(task.waker());
        }
    }

    /// Takes urgent mail. Returns why the connection ends, if it does.
    fn urgent(&mut self) -> Option<Terminate> {
        match self.mailbox.take_urgent()? {
            Urgent::Overflow => Some(Terminate::Overflow),
            Urgent::Panic(panic) => Some(Terminate::Panic(panic)),
            Urgent::Drain => {
                self.deadlines.set_drain(self.mailbox.shared.drain.deadline());
                None
            }
        }
    }

    /// Ready when less is queued than keeps the next callback from beginning.
    #[inline]
    fn poll_room(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        if self.protocol.queued() < QUEUE_LIMIT {
            return Poll::Ready(Ok(()));
        }
        match self.io.poll_write(task, self.protocol.write_queue()) {
            Poll::Pending if self.protocol.queued() < QUEUE_LIMIT => Poll::Ready(Ok(())),
            written => written,
        }
    }

    /// Adds the traffic since the last call to the app's counters.
    fn count_traffic(&mut self) {
        let traffic = Traffic {
            messages_in: std::mem::take(&mut self.messages_in),
            messages_out: std::mem::take(&mut self.io.messages_written),
            bytes_in: std::mem::take(&mut self.io.read),
            bytes_out: std::mem::take(&mut self.io.written),
        };
        self.mailbox.shared.stats.passed(traffic);
    }
}
