//! The deadlines of a connection, compared when the earliest known one passes and never re-armed for a message.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::clock::{after, later};
use crate::limits::Limits;

/// How reading and writing make progress.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// When bytes last arrived.
    pub(super) last_read: Instant,
    /// Since when a message, or a part of a frame, waits for its rest.
    pub(super) begun: Option<Instant>,
    /// Since when the client has taken no bytes although some wait. `None`: none wait.
    pub(super) stalled: Option<Instant>,
    /// When the client last took something that had waited.
    pub(super) last_taken: Option<Instant>,
}

/// A deadline that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// No byte came for the idle timeout.
    Idle,
    /// A message, or a part of a frame, waits for its rest since the message timeout, which is this long.
    Unfinished(Duration),
    /// The client has taken nothing for the write timeout, which is this long.
    Stalled(Duration),
    /// A ping is to be sent.
    Ping,
    /// The next timer of the handler.
    Timer,
    /// A pause is over.
    Resume,
    /// The drain is over.
    Drain,
}

/// Whether input waits that nobody reads now: for its silence meanwhile the client is not to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    No,
    /// There is much to do, or a callback waits.
    Busy,
    /// The client reads more slowly than messages come: not to blame as long as it reads something.
    Blocked,
}

pub(super) struct Deadlines {
    idle: Option<Duration>,
    heartbeat: Option<Duration>,
    message_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// Silence counts from here at the earliest: the start, the end of a pause.
    silent_since: Instant,
    next_ping: Option<Instant>,
    paused_until: Option<Instant>,
    drain: Option<Instant>,
    /// One sleep for all, until the earliest that was known when it was set.
    sleep: Option<Pin<Box<Sleep>>>,
    /// A deadline may have become earlier than the sleep.
    stale: bool,
}

impl Deadlines {
    pub(super) fn new(limits: &Limits) -> Self {
        let now = Instant::now();
        Self {
            idle: limits.idle_timeout,
            heartbeat: limits.heartbeat,
            message_timeout: limits.message_timeout,
            write_timeout: limits.write_timeout,
            silent_since: now,
            next_ping: limits.heartbeat.map(|every| later(now, every)),
            paused_until: None,
            drain: None,
            sleep: None,
            stale: true,
        }
    }

    pub(super) fn set_idle(&mut self, after: Option<Duration>) {
        self.idle = after;
        self.stale = true;
    }

    pub(super) fn set_drain(&mut self, deadline: Option<Instant>) {
        self.drain = deadline;
        self.stale = true;
    }

    pub(super) fn pause(&mut self, at_most: Duration) {
        self.paused_until = Some(after(at_most));
        self.stale = true;
    }

    pub(super) fn resume(&mut self) {
        if self.paused_until.take().is_some() {
            let now = Instant::now();
            self.silent_since = now;
            self.next_ping = self.heartbeat.map(|every| later(now, every));
            self.stale = true;
        }
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.paused_until.is_some()
    }

    /// Waits for the next deadline. `timer`: the handler's next.
    pub(super) fn poll(
        &mut self,
        task: &mut Context<'_>,
        progress: Progress,
        timer: Option<Instant>,
        unread: Unread,
    ) -> Poll<Due> {
        // Mostly nothing is due, and nothing waits that may be due at any time.
        if let Some(sleep) = &self.sleep
            && !self.stale
            && timer.is_none()
            && progress.begun.is_none()
            && progress.stalled.is_none()
            && !sleep.is_elapsed()
        {
            return Poll::Pending;
        }
        loop {
            // These come at any time; the others only move away, or say that they are stale.
            let sudden = [timer, self.message_at(progress), self.write_at(progress)];
            if let Some(sleep) = &self.sleep
                && !sleep.is_elapsed()
                && !self.stale
                && sudden.into_iter().flatten().all(|sudden| sudden >= sleep.deadline())
            {
                return Poll::Pending;
            }
            let now = Instant::now();
            if let Some(due) = self.due(now, progress, timer, unread) {
                self.stale = true;
                return Poll::Ready(due);
            }
            self.stale = false;
            let Some(next) = self.earliest(progress, timer) else {
                self.sleep = None;
                return Poll::Pending;
            };
            let sleep = match &mut self.sleep {
                Some(sleep) => {
                    sleep.as_mut().reset(next);
                    sleep
                }
                none => none.insert(Box::pin(sleep_until(next))),
            };
            // The connection's task polls it until it is done, so its waker stays good.
            // Apart from tokio's budget: without any left, a sleep would be pending and known to no clock.
            if pin!(unconstrained(sleep.as_mut())).poll(task).is_pending() {
                return Poll::Pending;
            }
        }
    }

    fn idle_at(&self, progress: Progress) -> Option<Instant> {
        // A client that reads slowly is alive while it reads: a ping waits behind the messages, so that there can be no
        // answer yet.
        let taken = progress.last_taken.max(progress.stalled).unwrap_or(progress.last_read);
        self.idle.map(|idle| later(progress.last_read.max(self.silent_since).max(taken), idle))
    }

    fn message_at(&self, progress: Progress) -> Option<Instant> {
        let begun = progress.begun.filter(|_| !self.is_paused())?;
        self.message_timeout.map(|timeout| later(begun.max(self.silent_since), timeout))
    }

    fn write_at(&self, progress: Progress) -> Option<Instant> {
        let stalled = progress.stalled?;
        self.write_timeout.map(|timeout| later(stalled, timeout))
    }

    fn earliest(&self, progress: Progress, timer: Option<Instant>) -> Option<Instant> {
        let (idle, ping) =
            if self.is_paused() { (None, None) } else { (self.idle_at(progress), self.next_ping) };
        let (message, write) = (self.message_at(progress), self.write_at(progress));
        [idle, message, write, ping, self.paused_until, self.drain, timer].into_iter().flatten().min()
    }

    fn due(
        &mut self,
        now: Instant,
        progress: Progress,
        timer: Option<Instant>,
        unread: Unread,
    ) -> Option<Due> {
        let passed = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        if passed(self.drain) {
            return Some(Due::Drain);
        }
        if passed(self.write_at(progress)) {
            return self.write_timeout.map(Due::Stalled);
        }
        if passed(self.paused_until) {
            self.resume();
            return Some(Due::Resume);
        }
        if !self.is_paused() {
            let silent = |this: &Self| (passed(this.message_at(progress)), passed(this.idle_at(progress)));
            let (mut unfinished, mut idle) = silent(self);
            if (unfinished || idle) && unread != Unread::No {
                let taken = progress.stalled.filter(|_| unread == Unread::Blocked);
                self.silent_since = self.silent_since.max(taken.unwrap_or(now));
                (unfinished, idle) = silent(self);
            }
            if unfinished {
                return self.message_timeout.map(Due::Unfinished);
            } else if idle {
                return Some(Due::Idle);
            }
            if passed(self.next_ping) {
                self.next_ping = self.heartbeat.map(|every| later(now, every));
                return Some(Due::Ping);
            }
        }
        passed(timer).then_some(Due::Timer)
    }
}
