//! A turn of the line between two callbacks.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use tokio::time::Instant;

use super::{Event, Line, TURN};
use crate::connection::deadlines::Unread;
use crate::context;
use crate::message::Message;
use crate::reply::{End, Reply};
use crate::shared::mailbox::Mail;
use crate::terminate::{Failed, Terminate};
use crate::timer::Timers;

/// A message counts as one frame more for each so many bytes of it: what is little on the wire may inflate to much.
const WEIGHT: usize = 16 << 10;

impl Line {
    /// Carries out what a callback asked for, then waits for what the next one is to hear.
    pub(crate) fn next<'n>(
        &'n mut self,
        cx: &'n mut context::Inner,
        reply: &'n mut Reply,
    ) -> impl Future<Output = Result<Event, Terminate>> + Send + 'n {
        poll_fn(move |task| self.poll_next(task, cx, reply))
    }

    fn poll_next(
        &mut self,
        task: &mut Context<'_>,
        cx: &mut context::Inner,
        reply: &mut Reply,
    ) -> Poll<Result<Event, Terminate>> {
        self.register(task);
        loop {
            if cx.commanded {
                ready!(self.poll_commands(task))?;
                cx.commanded = false;
            }
            if reply.has_messages() {
                ready!(self.poll_send(task, reply))?;
            }
            if self.posting.is_some() {
                ready!(self.poll_post(task))?;
            }
            if let Some(end) = reply.take_end() {
                return Poll::Ready(Err(ended(end, cx.callback)));
            }
            if reply.take_hibernate() {
                self.hibernate();
                reply.shrink();
            }
            if let Some(end) = self.urgent() {
                return Poll::Ready(Err(end));
            }
            if let Some(event) = ready!(self.poll_arrival(task, &mut cx.timers, reply))? {
                cx.callback = match event {
                    Event::Message(_) => "message",
                    Event::Info(_) => "info",
                    Event::Outgoing(_) => "outgoing",
                };
                return Poll::Ready(Ok(event));
            }
        }
    }

    /// What comes next: mail first, so that infos of `init` and `open` come before any frame (C2), then timers, then
    /// frames. Where there is none, what was said is written, in one go, and the connection sleeps. Nothing: there is
    /// something to send first.
    fn poll_arrival(
        &mut self,
        task: &mut Context<'_>,
        timers: &mut Timers,
        reply: &mut Reply,
    ) -> Poll<Result<Option<Event>, Terminate>> {
        loop {
            if self.mail_left > 0
                && let Some(mail) = self.mailbox.take()
            {
                self.mail_left -= 1;
                match mail {
                    Mail::Info(info) => return Poll::Ready(Ok(Some(Event::Info(info)))),
                    Mail::Send(message) if self.outgoing => {
                        return Poll::Ready(Ok(Some(Event::Outgoing(message))));
                    }
                    Mail::Post(post) if self.outgoing => {
                        return Poll::Ready(Ok(Some(Event::Outgoing(post.message.clone()))));
                    }
                    // Most go on without another look.
                    Mail::Post(post) if self.messages.put_shared(&post) => continue,
                    Mail::Post(post) => self.posting = Some(post),
                    Mail::Send(message) => reply.push(message),
                    Mail::Presence(event, into_info) => {
                        return Poll::Ready(Ok(Some(Event::Info(into_info(*event)))));
                    }
                    Mail::Close(close) => return Poll::Ready(Err(Terminate::Stop(close))),
                    Mail::Refuse(what) => return Poll::Ready(Err(Terminate::BadEncoding(what))),
                    Mail::Drain => return Poll::Ready(Err(Terminate::Drained)),
                }
                return Poll::Ready(Ok(None));
            }
            if self.mail_left > 0
                && let Some(now) = self.timers_due
            {
                if let Some(info) = timers.take_due(now) {
                    self.mail_left -= 1;
                    return Poll::Ready(Ok(Some(Event::Info(info))));
                }
                self.timers_due = None;
            }
            if let Poll::Ready(message) = self.poll_frame(task) {
                return Poll::Ready(message.map(|message| Some(Event::Message(message))));
            }
            self.timers_due = Some(ready!(self.poll_turn_end(task, timers.next()))?);
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
}

fn ended(end: End, callback: &'static str) -> Terminate {
    match end {
        End::Close(close) => Terminate::Stop(close),
        End::CloseAs(reason) => Terminate::StopAs(reason),
        End::Failed(error) => Terminate::Failed(Failed { callback, error }),
        End::Refused(bad) => Terminate::BadEncoding(bad.to_string()),
    }
}
