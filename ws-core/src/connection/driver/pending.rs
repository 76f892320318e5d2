//! The connection while a callback is pending, or while the client does not read.

use std::task::{Context, Poll, ready};

use super::{BUDGET, Driver, QUEUE_LIMIT};
use crate::connection::commands::Command;
use crate::connection::deadlines::Unread;
use crate::message::Incoming;
use crate::message::Message;
use crate::message::Terminate;
use crate::protocol::Input;

/// The number of pings and pongs that are read ahead of a pending callback, besides one data message, before TCP pushes
/// back.
const AHEAD: usize = 16;
/// The read size while reading ahead, in bytes.
const READ_AHEAD: usize = 4 << 10;

impl Driver {
    /// Keeps the connection going while a callback is pending. It writes the callback's messages and heartbeats,
    /// answers control frames, and reads one data message ahead; then TCP pushes back. Ready when the connection has
    /// ended.
    pub(crate) fn poll_pending(
        &mut self,
        task: &mut Context<'_>,
        input: Option<&mut Input<'_>>,
    ) -> Poll<Terminate> {
        if let Some(input) = input {
            self.park(input);
        }
        self.register(task);
        if let Some(end) = self.urgent() {
            return Poll::Ready(end);
        }
        match self.poll_commands(task) {
            Poll::Ready(Err(end)) => Poll::Ready(end),
            Poll::Ready(Ok(())) | Poll::Pending => self.poll_go_on(task, false),
        }
    }

    /// Like [`poll_pending`](Self::poll_pending), but it also handles the mailbox, because no item in it is for a
    /// callback.
    pub(crate) fn poll_pending_with_mail(&mut self, task: &mut Context<'_>) -> Poll<Terminate> {
        self.register(task);
        if let Some(end) = self.urgent() {
            return Poll::Ready(end);
        }
        let mut blocked = false;
        while self.mail_left > 0 {
            match self.poll_room(task) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(end)) => return Poll::Ready(end),
                Poll::Pending => {
                    blocked = true;
                    break;
                }
            }
            let Some(mail) = self.connection.mailbox.take() else { break };
            self.mail_left -= 1;
            if let Err(end) = self.carry_out(mail) {
                return Poll::Ready(end);
            }
        }
        if self.mail_left == 0 {
            task.waker().wake_by_ref();
        }
        self.mail_left = BUDGET;
        let gone_on = self.poll_go_on(task, blocked);
        // No callback receives the control frames that were read ahead, so they are dropped and reading continues. A
        // client that does not read its pongs is held back nevertheless.
        if self.protocol.queued() < QUEUE_LIMIT {
            let read = self.ahead.len();
            self.ahead.retain(|message| !message.is_control());
            if read == AHEAD {
                task.waker().wake_by_ref();
            }
        }
        gone_on
    }

    /// Like [`poll_pending`](Self::poll_pending), while the client does not read.
    pub(super) fn poll_blocked(&mut self, task: &mut Context<'_>) -> Poll<Terminate> {
        self.register(task);
        if let Some(end) = self.urgent() {
            return Poll::Ready(end);
        }
        self.poll_go_on(task, true)
    }

    pub(super) fn poll_go_on(&mut self, task: &mut Context<'_>, blocked: bool) -> Poll<Terminate> {
        if let Poll::Ready(Err(end)) = self.io.poll_write(task, self.protocol.write_queue()) {
            return Poll::Ready(end);
        }
        if let Poll::Ready(end) = self.poll_fill_ahead(task, blocked) {
            return Poll::Ready(end);
        }
        self.unread.release();
        self.count_traffic();
        let unread = match (self.may_read_ahead(), blocked) {
            (true, _) => Unread::No,
            (false, true) => Unread::Blocked,
            (false, false) => Unread::Busy,
        };
        match self.poll_due(task, None, unread) {
            Poll::Ready(Err(end)) => {
                if matches!(end, Terminate::Drained) && !blocked {
                    self.connection.shared.stats.aborted();
                }
                Poll::Ready(end)
            }
            // A pause has ended: there may be something to read ahead.
            Poll::Ready(Ok(_)) => {
                task.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// Reads ahead as far as allowed, and answers pings. Ready when the connection has ended.
    fn poll_fill_ahead(&mut self, task: &mut Context<'_>, blocked: bool) -> Poll<Terminate> {
        while self.closing || !self.deadlines.is_paused() && self.may_read_ahead() {
            match self.poll_read_ahead(task, READ_AHEAD) {
                Poll::Ready(Ok(_)) if self.closing => {}
                Poll::Ready(Ok(message)) => {
                    if message.is_control()
                        && let Poll::Ready(Err(end)) = self.io.poll_write(task, self.protocol.write_queue())
                    {
                        return Poll::Ready(end);
                    }
                    self.ahead.push_back(message);
                }
                // The client may have ended only its half of the stream, and still read. If not, writing fails or
                // stalls. The next read reports the end of the stream again.
                Poll::Ready(Err(Terminate::Lost)) if blocked => break,
                Poll::Ready(Err(end)) => return Poll::Ready(end),
                Poll::Pending => break,
            }
        }
        Poll::Pending
    }

    fn may_read_ahead(&self) -> bool {
        self.ahead.len() < AHEAD && self.ahead.back().is_none_or(Incoming::is_control)
    }

    /// Executes the commands of the handler. Pending while the write queue is full.
    pub(super) fn poll_commands(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        loop {
            if self.protocol.queued() >= QUEUE_LIMIT {
                ready!(self.poll_room(task))?;
            }
            match self.connection.commands.take() {
                Err(()) => return Poll::Ready(Err(Terminate::Overflow)),
                Ok(None) => return Poll::Ready(Ok(())),
                Ok(Some(Command::Send(Message::Close(close)))) => {
                    return Poll::Ready(Err(Terminate::Stop(close)));
                }
                Ok(Some(Command::Send(message))) => self.protocol.send(message),
                Ok(Some(Command::Pause(at_most))) => self.deadlines.pause(at_most),
                Ok(Some(Command::Resume)) => self.deadlines.resume(),
                Ok(Some(Command::IdleTimeout(after))) => self.deadlines.set_idle(after),
                Ok(Some(Command::MaxMessageSize(bytes))) => self.protocol.set_max_message_size(bytes),
                Ok(Some(Command::Compression(on))) => self.protocol.set_compression(on),
            }
        }
    }
}
