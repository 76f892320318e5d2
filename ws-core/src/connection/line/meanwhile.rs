//! What goes on while a callback runs, or the client keeps the connection waiting.

use std::task::{Context, Poll, ready};

use super::{Line, TURN};
use crate::connection::deadlines::Unread;
use crate::message::Message;
use crate::reply::Reply;
use crate::shared::desk::Command;
use crate::shared::mailbox::Mail;
use crate::terminate::Terminate;

/// Pings and pongs that wait for a callback to finish, before TCP pushes back.
const AHEAD: usize = 16;

impl Line {
    /// What goes on while a callback waits: what it sent goes out, heartbeats go on, control frames are answered and
    /// one data message is read ahead; then TCP pushes back. Ready when the connection has ended.
    pub(in crate::connection) fn poll_meanwhile(&mut self, task: &mut Context<'_>) -> Poll<Terminate> {
        self.register(task);
        if let Some(end) = self.urgent() {
            return Poll::Ready(end);
        }
        if let Poll::Ready(Err(end)) = self.poll_carry_out(task) {
            return Poll::Ready(end);
        }
        self.poll_go_on(task, false)
    }

    /// As [`poll_meanwhile`](Self::poll_meanwhile), for a connection that takes its mail as well, since none of it is for
    /// a callback.
    pub(crate) fn poll_mail_meanwhile(&mut self, task: &mut Context<'_>) -> Poll<Terminate> {
        self.register(task);
        if let Some(end) = self.urgent() {
            return Poll::Ready(end);
        }
        let mut blocked = false;
        while self.mail_left > 0 {
            match self.messages.poll_room(task) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(end)) => return Poll::Ready(end),
                Poll::Pending => {
                    blocked = true;
                    break;
                }
            }
            let Some(mail) = self.mailbox.take() else { break };
            self.mail_left -= 1;
            let put = match mail {
                Mail::Send(message) => self.messages.put(message),
                Mail::Post(post) => self.messages.put_post(&post),
                Mail::Info(_) | Mail::Presence(..) => Ok(()),
                Mail::Close(close) => Err(Terminate::Stop(close)),
                Mail::Refuse(what) => Err(Terminate::BadEncoding(what)),
                Mail::Drain => Err(Terminate::Drained),
            };
            if let Err(end) = put {
                return Poll::Ready(end);
            }
        }
        if self.mail_left == 0 {
            task.waker().wake_by_ref();
        }
        self.mail_left = TURN;
        let gone_on = self.poll_go_on(task, blocked);
        // Nobody hears the control frames among what was read ahead, so that they do not keep the next from being read.
        let read = self.ahead.len();
        self.ahead.retain(|message| matches!(message, Message::Text(_) | Message::Binary(_)));
        if read == AHEAD {
            task.waker().wake_by_ref();
        }
        gone_on
    }

    /// Carries out what the handler told its connection. Ready when all is done, or the connection ended.
    pub(super) fn poll_commands(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        match self.poll_carry_out(task) {
            Poll::Pending => self.poll_blocked(task).map(Err),
            done @ Poll::Ready(_) => done,
        }
    }

    /// Passes the messages of `reply` on. Ready when all are, or the connection ended.
    pub(super) fn poll_send(
        &mut self,
        task: &mut Context<'_>,
        reply: &mut Reply,
    ) -> Poll<Result<(), Terminate>> {
        loop {
            match self.messages.poll_room(task) {
                Poll::Pending => return self.poll_blocked(task).map(Err),
                Poll::Ready(room) => room?,
            }
            let Some(message) = reply.pop() else { return Poll::Ready(Ok(())) };
            self.messages.put(message)?;
            if !reply.has_messages() {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Passes on what others send as well. Ready when that is done, or the connection ended.
    pub(super) fn poll_post(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        match self.messages.poll_room(task) {
            Poll::Pending => return self.poll_blocked(task).map(Err),
            Poll::Ready(room) => room?,
        }
        Poll::Ready(self.posting.take().map_or(Ok(()), |post| self.messages.put_post(&post)))
    }

    /// As [`poll_meanwhile`](Self::poll_meanwhile), while it is the client that does not read.
    pub(super) fn poll_blocked(&mut self, task: &mut Context<'_>) -> Poll<Terminate> {
        self.register(task);
        if let Some(end) = self.urgent() {
            return Poll::Ready(end);
        }
        self.poll_go_on(task, true)
    }

    fn poll_go_on(&mut self, task: &mut Context<'_>, blocked: bool) -> Poll<Terminate> {
        if let Poll::Ready(Err(end)) = self.messages.poll_flush(task) {
            return Poll::Ready(end);
        }
        while self.closing || !self.deadlines.is_paused() && self.may_read_ahead() {
            match self.poll_read(task) {
                Poll::Ready(Ok(_)) if self.closing => {}
                Poll::Ready(Ok(message)) => self.ahead.push_back(message),
                // The client may have ended its half alone, and still take what was said. If not, writing fails, or
                // gets no further; and whoever reads on hears the same once more.
                Poll::Ready(Err(Terminate::Lost)) if blocked => break,
                Poll::Ready(Err(end)) => return Poll::Ready(end),
                Poll::Pending => break,
            }
        }
        self.mailbox.shared.stats.passed(self.messages.take_traffic());
        let unread = match (self.may_read_ahead(), blocked) {
            (true, _) => Unread::No,
            (false, true) => Unread::Blocked,
            (false, false) => Unread::Busy,
        };
        match self.poll_due(task, None, unread) {
            Poll::Ready(Err(end)) => {
                if matches!(end, Terminate::Drained) && !blocked {
                    self.mailbox.shared.stats.cut();
                }
                Poll::Ready(end)
            }
            // A pause is over: there may be something to read ahead.
            Poll::Ready(Ok(_)) => {
                task.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn may_read_ahead(&self) -> bool {
        self.ahead.len() < AHEAD && !matches!(self.ahead.back(), Some(Message::Text(_) | Message::Binary(_)))
    }

    fn poll_carry_out(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        loop {
            ready!(self.messages.poll_room(task))?;
            match self.mailbox.desk.take() {
                Err(()) => return Poll::Ready(Err(Terminate::Overflow)),
                Ok(None) => return Poll::Ready(Ok(())),
                Ok(Some(Command::Send(Message::Close(close)))) => {
                    return Poll::Ready(Err(Terminate::Stop(close)));
                }
                Ok(Some(Command::Send(message))) => self.messages.put(message)?,
                Ok(Some(Command::Pause(at_most))) => self.deadlines.pause(at_most),
                Ok(Some(Command::Resume)) => self.deadlines.resume(),
                Ok(Some(Command::IdleTimeout(after))) => self.deadlines.set_idle(after),
                Ok(Some(Command::MaxMessageSize(bytes))) => self.messages.set_max_message_size(bytes),
                Ok(Some(Command::Compression(on))) => self.messages.set_compression(on),
            }
        }
    }
}
