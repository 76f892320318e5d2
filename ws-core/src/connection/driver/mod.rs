//! The driver: one connection's event loop. It owns the stream, the protocol state and the deadlines, and one task
//! polls it. In reading order: the [`events`] between two callbacks; [`read`]ing; deadlines that are [`due`];
//! the connection while a callback is [`pending`] or the client does not read; and the [`close`].

mod close;
mod due;
mod events;
mod pending;
mod read;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::Instant;

use super::deadlines::Deadlines;
use super::io::{Io, ReadBuffer, Stream};
use crate::connection::connection::Connection;
use crate::connection::mail::Info;
use crate::connection::mailbox::Urgent;
use crate::message::Incoming;
use crate::message::Message;
use crate::message::Terminate;
use crate::protocol::Protocol;
use crate::protocol::deflate::Negotiated;
use crate::shared::limits::Limits;
use crate::shared::stats::Traffic;

/// The poll budget: the number of mailbox items (with timers), and of frames, that are handled before other connections
/// run.
const BUDGET: u32 = 64;
/// No callback starts while this many bytes wait to be written.
const QUEUE_LIMIT: usize = 64 << 10;

/// The next event for a callback.
pub(crate) enum Event<'b> {
    Message(Incoming<'b>),
    Info(Info),
    /// A message that was sent from outside the handler, if it has `#[outgoing]`.
    Outgoing(Message),
}

#[expect(clippy::struct_excessive_bools, reason = "each is a state that comes and goes by itself")]
pub(crate) struct Driver {
    io: Io,
    protocol: Protocol,
    /// Bytes that were read and are not lent to a callback.
    unread: ReadBuffer,
    /// The number of bytes left in the buffer that is lent to the running callback.
    lent_rest: usize,
    /// `unread` may contain complete frames. Otherwise it holds a partial frame.
    undecoded: bool,
    /// Payloads are copied: the last callback was pending, or a service receives the messages.
    copies: bool,
    /// The last data message was read directly into its own buffer. The next one may be as large.
    large: bool,
    /// Messages that were read ahead of their callbacks: control frames, and at most one data message, which is the
    /// last.
    ahead: VecDeque<Incoming<'static>>,
    /// The time since which an incomplete message or frame waits for its rest.
    begun: Option<Instant>,
    deadlines: Deadlines,
    connection: Arc<Connection>,
    /// Set while timers are due, to the time at which that was noticed.
    timers_due: Option<Instant>,
    mail_left: u32,
    frames_left: u32,
    hibernate: bool,
    /// The write queue is full, because the client reads more slowly than messages are queued. No callback starts.
    blocked: bool,
    /// The connection is closing. Messages that still arrive are dropped.
    closing: bool,
    /// The stream was closed at once.
    aborted: bool,
    /// The client sends nothing more.
    read_ended: bool,
    /// The handler's `#[outgoing]` receives messages that are sent from outside.
    outgoing: bool,
    close_timeout: Duration,
    messages_in: u64,
    /// The waker that is registered with the mailbox.
    waker: Option<Waker>,
}

impl Driver {
    /// Creates the driver of `stream`. `early` are the bytes that arrived with the handshake.
    pub(crate) fn new(
        stream: Stream,
        early: &[u8],
        limits: &Limits,
        negotiated: Option<Negotiated>,
        connection: Arc<Connection>,
    ) -> Self {
        Self {
            io: Io::new(stream, early.len()),
            protocol: Protocol::new(limits.frames(), negotiated),
            unread: if early.is_empty() { ReadBuffer::default() } else { ReadBuffer::of(early) },
            lent_rest: 0,
            undecoded: !early.is_empty(),
            copies: false,
            large: false,
            ahead: VecDeque::new(),
            begun: None,
            deadlines: Deadlines::new(limits),
            connection,
            timers_due: None,
            mail_left: BUDGET,
            frames_left: BUDGET,
            hibernate: false,
            blocked: false,
            closing: false,
            aborted: false,
            read_ended: false,
            outgoing: false,
            close_timeout: limits.close_timeout,
            messages_in: 0,
            waker: None,
        }
    }

    /// Delivers messages that are sent from outside as [`Event::Outgoing`] from now on.
    pub(crate) const fn show_outgoing(&mut self) {
        self.outgoing = true;
    }

    /// Sets whether messages own their payloads, from the next read on.
    pub(crate) const fn copy_payloads(&mut self, copies: bool) {
        self.copies = copies;
    }

    /// Whether replies may encode their messages themselves.
    pub(crate) const fn sends_encoded(&self) -> bool {
        self.protocol.sends_encoded()
    }

    /// Drops buffers that can be rebuilt, once the connection is idle.
    fn hibernate(&mut self) {
        self.hibernate = true;
        self.connection.mailbox.shrink();
        self.connection.commands.shrink();
    }

    fn register(&mut self, task: &Context<'_>) {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(task.waker())) {
            self.waker = Some(task.waker().clone());
            self.connection.mailbox.register(task.waker());
        }
    }

    /// Takes an urgent item from the mailbox. Returns the reason if it ends the connection.
    fn urgent(&mut self) -> Option<Terminate> {
        match self.connection.mailbox.take_urgent()? {
            Urgent::Overflow => Some(Terminate::Overflow),
            Urgent::Panic(panic) => Some(Terminate::Panic(panic)),
            Urgent::Drain => {
                self.deadlines.set_drain(self.connection.shared.drain.deadline());
                None
            }
        }
    }

    /// Ready when the write queue has room for another callback's reply.
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
        self.connection.shared.stats.passed(traffic);
    }
}
