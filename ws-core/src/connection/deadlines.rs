//! The deadlines of a connection. They share one alarm, which is set to the earliest deadline and not changed for each
//! message.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::alarms::Alarms;
use super::connection::Connection;
use super::lease::{Lease, LeaseChange, LeaseDue};
use super::mail::Info;
use super::rate::{Admission, Rate, Wait};
use super::yielding::yield_once;
use crate::message::{Incoming, Terminate};
use crate::shared::clock::Moment;
use crate::shared::limits::{Limits, SharedLimits};
use crate::shared::rate_limit::RateLimit;
use crate::shared::stats::{Counters, Limit};

/// The server was held up if a connection comes later than this to a deadline, or later than a quarter of a shorter idle
/// timeout.
const LATE: Duration = Duration::from_secs(1);

/// The progress of reads and writes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// The time at which bytes last arrived.
    pub(super) last_read: Moment,
    /// The time since which an incomplete message or frame waits for its rest.
    pub(super) begun: Option<Moment>,
    /// The time since which the client has accepted no bytes although some wait. `None`: none wait.
    pub(super) stalled: Option<Moment>,
    /// The same, or the time at which the client last accepted bytes that had waited.
    pub(super) waited: Option<Moment>,
}

/// A deadline that has passed.
#[derive(Debug)]
pub(super) enum Due {
    /// The connection ends, because of this limit.
    End(Terminate, Option<Limit>),
    /// It is time for a ping.
    Ping,
    /// The handler's next timer is due.
    Timer,
    /// A pause has ended, or the client may send again.
    Resume,
    /// The handler is notified of this.
    Info(Info),
}

impl Due {
    /// Returns whether the connection ends because of the client.
    const fn blames_the_client(&self) -> bool {
        matches!(self, Self::End(Terminate::Timeout | Terminate::Policy(_) | Terminate::Io(_), _))
    }
}

/// Whether unread input may be waiting. The client's silence does not count against it then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    No,
    /// The connection is busy: its poll budget is spent, or a callback is pending.
    Busy,
    /// The client reads more slowly than messages are queued. It counts as alive as long as it reads something.
    Blocked,
}

pub(super) struct Deadlines {
    /// Shared with other connections, until they change.
    limits: Arc<Limits>,
    /// Silence before this time does not count: the start, the end of a pause, or the last time that the connection was
    /// busy or the server was held up.
    silent_since: Moment,
    /// The client seems to be gone. The connection looks once more for bytes that have arrived, and then ends.
    confirms: bool,
    next_ping: Option<Moment>,
    /// `None` as long as neither is set, as on most connections.
    rare: Option<Box<Rare>>,
    /// Those of the runtime, once an alarm was set.
    alarms: Option<Arc<Alarms>>,
    /// The time of the alarm, which is the earliest deadline that was known. `None` if no alarm is set, or it rang.
    alarm: Option<Moment>,
    /// A deadline may be earlier now than the alarm.
    stale: bool,
}

/// The deadlines and times that few connections have.
#[derive(Default)]
struct Rare {
    paused_until: Option<Moment>,
    /// The client has exceeded its rate limit, and nothing is read.
    held_until: Option<Moment>,
    drain: Option<Moment>,
    rate: Option<Box<Rate>>,
    lease: Option<Box<Lease>>,
    /// The last time that the server was held up.
    awake_since: Option<Moment>,
    /// The time at which the client was found to have ended its half, behind bytes that are not read yet.
    ended_since: Option<Moment>,
}

impl Deadlines {
    pub(super) fn new(limits: &SharedLimits, stats: &Counters) -> Self {
        let now = Moment::now();
        let interval = limits.heartbeat.interval(limits.idle_timeout);
        let limited = Rate::new(limits.rate_limit.as_ref(), limits.address_rate().cloned(), now);
        let rare = limited.map(|rate| Box::new(Rare { rate: Some(Box::new(rate)), ..Rare::default() }));
        let mut this = Self {
            limits: Arc::clone(limits),
            silent_since: now,
            confirms: false,
            next_ping: interval.map(|every| now.later(every)),
            rare,
            alarms: None,
            alarm: None,
            stale: true,
        };
        this.wait_for_turn(now, stats);
        this
    }

    /// The time limit of the close handshake.
    pub(super) fn close_timeout(&self) -> Duration {
        self.limits.close_timeout
    }

    pub(super) fn set_idle(&mut self, after: Option<Duration>) {
        let is_shorter =
            after.is_some_and(|after| self.limits.idle_timeout.is_none_or(|before| after < before));
        Arc::make_mut(&mut self.limits).idle_timeout = after;
        let now = Moment::now();
        if is_shorter {
            // No ping was sent in time for the new timeout.
            self.silent_since = now;
        }
        let next = self.ping_after(now);
        self.next_ping = self.next_ping.min(next).or(next);
        self.stale = true;
    }

    pub(super) fn set_drain(&mut self, deadline: Option<Moment>) {
        self.rare.get_or_insert_default().drain = deadline;
        self.stale = true;
    }

    pub(super) fn pause(&mut self, at_most: Duration) {
        self.rare.get_or_insert_default().paused_until = Some(Moment::now().later(at_most));
        self.stale = true;
    }

    pub(super) fn resume(&mut self) {
        if self.rare.as_mut().is_some_and(|rare| rare.paused_until.take().is_some()) {
            self.reads_again();
        }
    }

    /// Changes the time for which the connection may live.
    pub(super) fn change_lease(&mut self, change: LeaseChange) {
        self.rare.get_or_insert_default().lease.get_or_insert_default().apply(change);
        self.stale = true;
    }

    fn lease(&self) -> Option<Moment> {
        self.rare.as_ref()?.lease.as_ref()?.next()
    }

    /// Sets the rate limit. The client may send a burst at once, as far as the limit of its address allows it.
    pub(super) fn set_rate_limit(&mut self, limit: Option<&RateLimit>, stats: &Counters) {
        let now = Moment::now();
        if limit.is_none() && self.rare.is_none() {
            return;
        }
        let rare = self.rare.get_or_insert_default();
        if rare.rate.as_mut().is_none_or(|rate| !rate.set_own(limit, now)) {
            rare.rate = Rate::new(limit, None, now).map(Box::new);
        }
        self.release();
        self.wait_for_turn(now, stats);
    }

    /// Reads nothing before the connection's turn among those of its address.
    fn wait_for_turn(&mut self, now: Moment, stats: &Counters) {
        let rate = self.rare.as_ref().and_then(|rare| rare.rate.as_ref());
        if let Some(wait) = rate.and_then(|rate| rate.turn(now)) {
            self.hold(wait, stats);
        }
    }

    /// Returns whether there is a rate limit, so that messages must be [admitted](Self::admit).
    #[inline]
    pub(super) fn limit_rate(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.rate.is_some())
    }

    /// Counts a complete message. Returns `false` if it is to be dropped. An error ends the connection.
    pub(super) fn admit(&mut self, message: &Incoming<'_>, stats: &Counters) -> Result<bool, Terminate> {
        let Some(rate) = self.rare.as_mut().and_then(|rare| rare.rate.as_mut()) else { return Ok(true) };
        match rate.admit(message, Moment::now()) {
            Admission::Admitted => Ok(true),
            Admission::Last(wait) => {
                self.hold(wait, stats);
                Ok(true)
            }
            Admission::Dropped(limit) => {
                stats.limited(limit);
                Ok(false)
            }
            Admission::Closed(limit, why) => {
                stats.limited(limit);
                Err(Terminate::Policy(why))
            }
        }
    }

    /// Counts the bytes that have `arrived` of a message that is not complete.
    pub(super) fn arrived(&mut self, arrived: usize, stats: &Counters) {
        let rate = self.rare.as_mut().and_then(|rare| rare.rate.as_mut());
        if let Some(wait) = rate.and_then(|rate| rate.arrived(arrived, Moment::now())) {
            self.hold(wait, stats);
        }
    }

    /// Counts `bytes` of a message that is delivered in parts.
    pub(super) fn streamed(&mut self, bytes: usize, stats: &Counters) {
        let rate = self.rare.as_mut().and_then(|rare| rare.rate.as_mut());
        if let Some(wait) = rate.and_then(|rate| rate.streamed(bytes, Moment::now())) {
            self.hold(wait, stats);
        }
    }

    /// Reads nothing until then.
    fn hold(&mut self, wait: Wait, stats: &Counters) {
        if self.rare.get_or_insert_default().held_until.replace(wait.until).is_none() {
            stats.limited(wait.limit);
        }
        self.stale = true;
    }

    /// Reads again.
    fn release(&mut self) {
        if self.rare.as_mut().is_some_and(|rare| rare.held_until.take().is_some()) {
            self.reads_again();
        }
    }

    fn reads_again(&mut self) {
        let now = Moment::now();
        self.silent_since = now;
        self.next_ping = self.ping_after(now);
        self.stale = true;
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused_until().is_some()
    }

    /// Returns whether the connection may read: it is neither paused, nor has the client exceeded its rate limit.
    pub(super) fn may_read(&self) -> bool {
        self.rare.as_ref().is_none_or(|rare| rare.paused_until.is_none() && rare.held_until.is_none())
    }

    pub(super) fn held_until(&self) -> Option<Moment> {
        self.rare.as_ref()?.held_until
    }

    #[inline]
    fn paused_until(&self) -> Option<Moment> {
        self.rare.as_ref()?.paused_until
    }

    /// Notes that the client has ended its half, behind bytes that are not read yet. Returns whether it was found out a
    /// close timeout ago.
    pub(super) fn ended_long_ago(&mut self) -> bool {
        let since = *self.rare.get_or_insert_default().ended_since.get_or_insert_with(Moment::now);
        since.elapsed() >= self.limits.close_timeout
    }

    fn awake_since(&self) -> Option<Moment> {
        self.rare.as_ref()?.awake_since
    }

    fn drain(&self) -> Option<Moment> {
        self.rare.as_ref()?.drain
    }

    /// Returns whether nothing is due, and [`poll`](Self::poll) need not be called, unless a deadline is set that can
    /// appear at any time: a timer, an incomplete message, or a stalled write.
    #[inline]
    pub(super) fn are_quiet(&self) -> bool {
        !self.stale && self.alarm.is_some()
    }

    /// Notes that the alarm rang.
    pub(super) const fn alarm_rang(&mut self) {
        self.alarm = None;
    }

    fn set_alarm(&mut self, connection: &Arc<Connection>, at: Moment) {
        self.alarm = Some(at);
        self.alarms.get_or_insert_with(Alarms::of_runtime).set(connection, at);
    }

    /// Cancels the alarm.
    pub(super) fn cancel_alarm(&mut self, connection: &Connection) {
        self.alarm = None;
        if let Some(alarms) = &self.alarms {
            alarms.cancel(connection);
        }
    }

    /// Waits for the next deadline. `timer` is the handler's next timer. The alarm wakes the connection through its
    /// mailbox, so the task must be registered there.
    pub(super) fn poll(
        &mut self,
        task: &mut Context<'_>,
        connection: &Arc<Connection>,
        progress: Progress,
        timer: Option<Moment>,
        unread: Unread,
    ) -> Poll<Due> {
        if unread == Unread::Busy && progress.begun.is_some() {
            // The server does not read the rest of the message for now.
            self.silent_since = Moment::now();
        }
        // These can appear at any time. The other deadlines only move away, or set `stale`.
        let sudden = [timer, self.message_at(progress), self.write_at(progress)];
        if let Some(alarm) = self.alarm
            && !self.stale
            && sudden.into_iter().flatten().all(|sudden| sudden >= alarm)
        {
            return Poll::Pending;
        }
        let due = self.due(Moment::now(), progress, timer, unread);
        self.stale = due.is_some();
        // The runtime may not know yet of bytes that have arrived, because it polls its sockets after its timers.
        let confirms = !self.confirms && due.as_ref().is_some_and(Due::blames_the_client);
        self.confirms = confirms;
        if confirms {
            yield_once(task);
            return Poll::Pending;
        }
        if let Some(due) = due {
            return Poll::Ready(due);
        }
        match self.earliest(progress, timer) {
            Some(next) => self.set_alarm(connection, next),
            None if self.alarm.is_some() => self.cancel_alarm(connection),
            None => {}
        }
        Poll::Pending
    }

    fn ping_after(&self, now: Moment) -> Option<Moment> {
        self.limits.heartbeat.interval(self.limits.idle_timeout).map(|every| now.later(every))
    }

    fn idle_at(&self, progress: Progress) -> Option<Moment> {
        // A client that reads slowly is alive as long as it reads: pings are queued behind messages, so it cannot have
        // answered one yet.
        let taken = progress.waited.unwrap_or(progress.last_read);
        self.limits.idle_timeout.map(|idle| progress.last_read.max(self.silent_since).max(taken).later(idle))
    }

    fn message_at(&self, progress: Progress) -> Option<Moment> {
        let begun = progress.begun.filter(|_| self.may_read())?;
        self.limits.message_timeout.map(|timeout| begun.max(self.silent_since).later(timeout))
    }

    fn write_at(&self, progress: Progress) -> Option<Moment> {
        let stalled = progress.stalled?;
        let since = self.awake_since().map_or(stalled, |awake| awake.max(stalled));
        self.limits.write_timeout.map(|timeout| since.later(timeout))
    }

    /// Returns whether the connection comes late to one of its deadlines: a callback blocked the thread, or the process
    /// was stopped. It could neither send pings nor read their answers meanwhile.
    fn was_held_up(&self, now: Moment, progress: Progress) -> bool {
        let quarter = self.limits.idle_timeout.map_or(LATE, |idle| idle / 4);
        let late = |deadline: Moment| now.since(deadline) > LATE.min(quarter);
        let silence = [self.idle_at(progress), self.message_at(progress), self.next_ping];
        let silence = silence.into_iter().filter(|_| self.may_read());
        silence.chain([self.write_at(progress)]).flatten().any(late)
    }

    fn earliest(&self, progress: Progress, timer: Option<Moment>) -> Option<Moment> {
        let (idle, ping) =
            if self.may_read() { (self.idle_at(progress), self.next_ping) } else { (None, None) };
        let (message, write) = (self.message_at(progress), self.write_at(progress));
        [
            idle,
            message,
            write,
            ping,
            self.paused_until(),
            self.held_until(),
            self.drain(),
            self.lease(),
            timer,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn due(&mut self, now: Moment, progress: Progress, timer: Option<Moment>, unread: Unread) -> Option<Due> {
        let passed = |deadline: Option<Moment>| deadline.is_some_and(|deadline| deadline <= now);
        if passed(self.drain()) {
            return Some(Due::End(Terminate::Drained, None));
        }
        // However late the connection comes to this one: no time is added to credentials.
        match self.rare.as_mut().and_then(|rare| rare.lease.as_mut()?.due(now)) {
            Some(LeaseDue::End(close)) => return Some(Due::End(Terminate::Expired(close), None)),
            Some(LeaseDue::Notice(info)) => return Some(Due::Info(info)),
            None => {}
        }
        if !self.confirms && self.was_held_up(now, progress) {
            self.silent_since = now;
            self.rare.get_or_insert_default().awake_since = Some(now);
            self.next_ping = self.next_ping.map(|_| now);
        }
        if passed(self.write_at(progress))
            && let Some(after) = self.limits.write_timeout
        {
            let why = format!("the client accepted no data for {after:?}");
            let error = io::Error::new(io::ErrorKind::TimedOut, why);
            return Some(Due::End(Terminate::Io(error), Some(Limit::WriteTimeout)));
        }
        if passed(self.paused_until()) {
            self.resume();
            return Some(Due::Resume);
        }
        if passed(self.held_until()) {
            self.release();
            return Some(Due::Resume);
        }
        if self.may_read() {
            let silent = |this: &Self| (passed(this.message_at(progress)), passed(this.idle_at(progress)));
            let (mut unfinished, mut idle) = silent(self);
            if (unfinished || idle) && unread != Unread::No {
                let taken = progress.stalled.filter(|_| unread == Unread::Blocked);
                self.silent_since = self.silent_since.max(taken.unwrap_or(now));
                (unfinished, idle) = silent(self);
            }
            if unfinished && let Some(after) = self.limits.message_timeout {
                let why = format!("message incomplete after {after:?}");
                return Some(Due::End(Terminate::Policy(why), Some(Limit::MessageTimeout)));
            } else if idle {
                return Some(Due::End(Terminate::Timeout, None));
            }
            if passed(self.next_ping) {
                self.next_ping = self.ping_after(now);
                if let Some(rate) = self.rare.as_mut().and_then(|rare| rare.rate.as_mut()) {
                    rate.pinged();
                }
                return Some(Due::Ping);
            }
        }
        passed(timer).then_some(Due::Timer)
    }
}
