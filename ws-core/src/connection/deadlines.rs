//! The deadlines of a connection, compared when the earliest known one passes and never re-armed for a message.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::clock::{after, later};
use crate::limits::Limits;

/// What the time has come for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// No byte came for the idle timeout.
    Idle,
    /// A ping is to be sent.
    Ping,
    /// The next timer of the handler.
    Timer,
    /// A pause is over.
    Resume,
    /// The drain is over.
    Drain,
}

pub(super) struct Deadlines {
    idle: Option<Duration>,
    heartbeat: Option<Duration>,
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

    /// What the time has come for. `last_read`: when bytes last came; `timer`: the handler's next; `unread`: input
    /// waits that nobody reads now, so that the client is not to blame for its silence.
    pub(super) fn poll(
        &mut self,
        task: &mut Context<'_>,
        last_read: Instant,
        timer: Option<Instant>,
        unread: bool,
    ) -> Poll<Due> {
        loop {
            if let Some(sleep) = &self.sleep
                && !sleep.is_elapsed()
                && !self.stale
                && timer.is_none_or(|timer| timer >= sleep.deadline())
            {
                return Poll::Pending;
            }
            let now = Instant::now();
            if let Some(due) = self.due(now, last_read, timer, unread) {
                self.stale = true;
                return Poll::Ready(due);
            }
            self.stale = false;
            let Some(next) = self.earliest(last_read, timer) else {
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

    fn idle_at(&self, last_read: Instant) -> Option<Instant> {
        self.idle.map(|idle| later(last_read.max(self.silent_since), idle))
    }

    fn earliest(&self, last_read: Instant, timer: Option<Instant>) -> Option<Instant> {
        let (idle, ping) =
            if self.is_paused() { (None, None) } else { (self.idle_at(last_read), self.next_ping) };
        [idle, ping, self.paused_until, self.drain, timer].into_iter().flatten().min()
    }

    fn due(&mut self, now: Instant, last_read: Instant, timer: Option<Instant>, unread: bool) -> Option<Due> {
        let passed = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        if passed(self.drain) {
            return Some(Due::Drain);
        }
        if passed(self.paused_until) {
            self.resume();
            return Some(Due::Resume);
        }
        if !self.is_paused() {
            if passed(self.idle_at(last_read)) {
                if !unread {
                    return Some(Due::Idle);
                }
                self.silent_since = now;
            }
            if passed(self.next_ping) {
                self.next_ping = self.heartbeat.map(|every| later(now, every));
                return Some(Due::Ping);
            }
        }
        passed(timer).then_some(Due::Timer)
    }
}
