//! The line: everything that a connection waits on, polled by its one task.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::Instant;

use super::deadlines::{Deadlines, Due, Unread};
use crate::close::Close;
use crate::limits::Limits;
use crate::message::Message;
use crate::reply::Reply;
use crate::shared::desk::Command;
use crate::shared::mailbox::{Info, Mail, Mailbox, Urgent};
use crate::shared::stats::Limit;
use crate::terminate::Terminate;
use crate::timer::Timers;
use crate::wire::messages::Messages;
use crate::wire::post::Post;

/// Mail (with timers) and frames that are taken before what they made is written and other connections have their turn.
const TURN: u32 = 64;
/// A message counts as one frame more for each so many bytes of it: what is little on the wire may inflate to much.
const WEIGHT: usize = 16 << 10;
/// Pings and pongs that wait for a callback to finish, before TCP pushes back.
const AHEAD: usize = 16;

/// The next thing that a callback hears.
pub(crate) enum Event {
    Message(Message),
    Info(Info),
    /// Something that was sent from elsewhere, where the handler hears of that.
    Outgoing(Message),
}

/// The next thing that happens.
pub(super) enum Arrival {
    Event(Event),
    /// Something that was sent from elsewhere.
    Send(Message),
    /// Something that was sent to many at once.
    Post(Arc<Post>),
}

pub(crate) struct Line {
    messages: Messages,
    deadlines: Deadlines,
    mailbox: Arc<Mailbox>,
    /// Read while a callback waited: control frames, and at most one data message, the last.
    ahead: VecDeque<Message>,
    /// Set while timers are due: as of when.
    timers_due: Option<Instant>,
    mail_left: u32,
    frames_left: u32,
    hibernate: bool,
    /// The connection ends: what still comes is dropped.
    closing: bool,
    /// The handler sees what is sent from elsewhere.
    outgoing: bool,
    /// The waker that the mailbox knows.
    waker: Option<Waker>,
}

impl Line {
    pub(super) fn new(messages: Messages, limits: &Limits, mailbox: Arc<Mailbox>) -> Self {
        Self {
            messages,
            deadlines: Deadlines::new(limits),
            mailbox,
            ahead: VecDeque::new(),
            timers_due: None,
            mail_left: TURN,
            frames_left: TURN,
            hibernate: false,
            closing: false,
            outgoing: false,
            waker: None,
        }
    }

    /// From now on, what is sent from elsewhere is for the handler to see first.
    pub(super) fn ask_of_outgoing(&mut self) {
        self.outgoing = true;
    }

    /// Lets go of what can be rebuilt, once there is nothing to do.
    pub(super) fn hibernate(&mut self) {
        self.hibernate = true;
        self.mailbox.shrink();
        self.mailbox.desk.shrink();
    }

    /// What comes next: mail first, so that infos of `init` and `open` come before any frame (C2), then timers, then
    /// frames. Where there is none, what was said is written, in one go, and the connection sleeps.
    pub(super) fn poll_arrival(
        &mut self,
        task: &mut Context<'_>,
        timers: &mut Timers,
    ) -> Poll<Result<Arrival, Terminate>> {
        self.register(task);
        if let Some(end) = self.urgent() {
            return Poll::Ready(Err(end));
        }
        loop {
            if self.mail_left > 0
                && let Some(mail) = self.mailbox.take()
            {
                self.mail_left -= 1;
                return Poll::Ready(match mail {
                    Mail::Info(info) => Ok(Arrival::Event(Event::Info(info))),
                    Mail::Send(message) if self.outgoing => Ok(Arrival::Event(Event::Outgoing(message))),
                    Mail::Post(post) if self.outgoing => {
                        Ok(Arrival::Event(Event::Outgoing(post.message.clone())))
                    }
                    Mail::Send(message) => Ok(Arrival::Send(message)),
                    // Most go on without another look.
                    Mail::Post(post) if self.messages.put_shared(&post) => continue,
                    Mail::Post(post) => Ok(Arrival::Post(post)),
                    Mail::Presence(event, into_info) => Ok(Arrival::Event(Event::Info(into_info(*event)))),
                    Mail::Close(close) => Err(Terminate::Stop(close)),
                    Mail::Refuse(what) => Err(Terminate::BadEncoding(what)),
                    Mail::Drain => Err(Terminate::Drained),
                });
            }
            if self.mail_left > 0
                && let Some(now) = self.timers_due
            {
                if let Some(info) = timers.take_due(now) {
                    self.mail_left -= 1;
                    return Poll::Ready(Ok(Arrival::Event(Event::Info(info))));
                }
                self.timers_due = None;
            }
            if let Poll::Ready(message) = self.poll_frame(task) {
                return Poll::Ready(message.map(|message| Arrival::Event(Event::Message(message))));
            }
            match ready!(self.poll_turn_end(task, timers.next())) {
                Ok(now) => self.timers_due = Some(now),
                Err(end) => return Poll::Ready(Err(end)),
            }
        }
    }

    fn poll_frame(&mut self, task: &mut Context<'_>) -> Poll<Result<Message, Terminate>> {
        if self.deadlines.is_paused() || self.frames_left == 0 {
            return Poll::Pending;
        }
        let message = match self.ahead.pop_front() {
            Some(message) => Ok(message),
            None => ready!(self.poll_read(task)),
        };
        let len = message.as_ref().map_or(0, Message::len);
        self.frames_left =
            self.frames_left.saturating_sub(u32::try_from(1 + len / WEIGHT).unwrap_or(u32::MAX));
        Poll::Ready(message)
    }

    fn poll_read(&mut self, task: &mut Context<'_>) -> Poll<Result<Message, Terminate>> {
        let read = ready!(self.messages.poll_read(task));
        // Of what is read, nothing else is held to a policy.
        if let Err(Terminate::Policy(_)) = read {
            self.mailbox.shared.stats.limited(Limit::Fragments);
        }
        Poll::Ready(read)
    }

    /// Nothing is ready, or the turn was long enough. Ready when timers are due, and as of when.
    fn poll_turn_end(
        &mut self,
        task: &mut Context<'_>,
        timer: Option<Instant>,
    ) -> Poll<Result<Instant, Terminate>> {
        let more = self.mail_left == 0 || self.frames_left == 0;
        let written = match self.messages.poll_flush(task) {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(end)) => return Poll::Ready(Err(end)),
            Poll::Pending => false,
        };
        self.mailbox.shared.stats.passed(self.messages.take_traffic());
        // After a long turn the rest of a message may be there, unread.
        let unread = if self.frames_left == 0 { Unread::Busy } else { Unread::No };
        match self.poll_due(task, timer, unread) {
            // Timers that are always due do not keep other connections from their turn.
            Poll::Ready(Ok(now)) if more => self.timers_due = Some(now),
            Poll::Ready(due) => return Poll::Ready(due),
            Poll::Pending => {}
        }
        self.mail_left = TURN;
        self.frames_left = TURN;
        if more {
            task.waker().wake_by_ref();
        } else if self.hibernate && written && !self.deadlines.is_paused() {
            // All that was read has been handled, or is in a part that the codec cannot finish yet.
            self.hibernate = false;
            self.messages.hibernate(task);
            self.ahead.shrink_to_fit();
            // A new codec has yet to ask for input.
            task.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// What time brings. Ready when timers are due (as of when) or frames may be read again, or the connection ends.
    fn poll_due(
        &mut self,
        task: &mut Context<'_>,
        timer: Option<Instant>,
        unread: Unread,
    ) -> Poll<Result<Instant, Terminate>> {
        loop {
            match ready!(self.deadlines.poll(task, self.messages.progress(), timer, unread)) {
                Due::Timer | Due::Resume => return Poll::Ready(Ok(Instant::now())),
                Due::Idle => return Poll::Ready(Err(Terminate::Timeout)),
                Due::Unfinished(after) => {
                    self.mailbox.shared.stats.limited(Limit::MessageTimeout);
                    let what = format!("a message that was not whole within {after:?}");
                    return Poll::Ready(Err(Terminate::Policy(what)));
                }
                Due::Stalled(after) => {
                    self.mailbox.shared.stats.limited(Limit::WriteTimeout);
                    self.messages.cut();
                    let what = format!("the client took nothing for {after:?}");
                    return Poll::Ready(Err(Terminate::Io(io::Error::new(io::ErrorKind::TimedOut, what))));
                }
                Due::Drain => return Poll::Ready(Err(Terminate::Drained)),
                Due::Ping => {
                    if let Err(end) = self.messages.ping(task) {
                        return Poll::Ready(Err(end));
                    }
                    if let Poll::Ready(Err(end)) = self.messages.poll_flush(task) {
                        return Poll::Ready(Err(end));
                    }
                }
            }
        }
    }

    /// What goes on while a callback waits: what it sent goes out, heartbeats go on, control frames are answered and
    /// one data message is read ahead; then TCP pushes back. Ready when the connection has ended.
    pub(super) fn poll_meanwhile(&mut self, task: &mut Context<'_>) -> Poll<Terminate> {
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
    pub(super) fn poll_post(&mut self, task: &mut Context<'_>, post: &Post) -> Poll<Result<(), Terminate>> {
        match self.messages.poll_room(task) {
            Poll::Pending => return self.poll_blocked(task).map(Err),
            Poll::Ready(room) => room?,
        }
        Poll::Ready(self.messages.put_post(post))
    }

    /// As [`poll_meanwhile`](Self::poll_meanwhile), while it is the client that does not read.
    fn poll_blocked(&mut self, task: &mut Context<'_>) -> Poll<Terminate> {
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

    fn register(&mut self, task: &Context<'_>) {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(task.waker())) {
            self.waker = Some(task.waker().clone());
            self.mailbox.register(task.waker());
        }
    }

    /// What cannot wait its turn, if it ends the connection.
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

    /// Closes the stream; see [`Messages::close`]. An `orderly` end lets go out first what was said before it, for as
    /// long as the client takes it. A drain leaves no more time for all of it than it has.
    pub(super) async fn close(&mut self, close: Option<Close>, orderly: bool) {
        let shared = self.mailbox.shared.clone();
        let in_time =
            match select(pin!(self.close_in_time(close, orderly)), pin!(shared.drain.passed(Duration::ZERO)))
                .await
            {
                Either::Left((in_time, _)) => in_time,
                Either::Right(_) => true,
            };
        if !in_time {
            shared.stats.limited(Limit::CloseTimeout);
        }
        shared.stats.passed(self.messages.take_traffic());
    }

    /// Whether the client kept to the time that the close handshake has.
    async fn close_in_time(&mut self, close: Option<Close>, orderly: bool) -> bool {
        if orderly {
            self.closing = true;
            self.ahead.clear();
            // Whatever keeps it from going out, the connection ends all the same.
            let _ = poll_fn(|task| match self.messages.poll_flush(task) {
                Poll::Pending => self.poll_blocked(task).map(Err),
                written @ Poll::Ready(_) => written,
            })
            .await;
        }
        self.messages.close(close).await
    }
}
