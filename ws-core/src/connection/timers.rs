//! The timers of one connection: infos that are due later.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::mail::Info;
use crate::shared::clock::after;

/// A timer of a connection, which [`Context::notify_after`](crate::Context::notify_after) returns. Pass it to
/// [`Context::cancel`](crate::Context::cancel) to cancel it. A service has timers in its
/// [`ServiceContext`](crate::ServiceContext).
///
/// Dropping the value does not cancel the timer. Timers that are due at the same time are delivered in the order in
/// which they were set. All timers of a connection end with it. A connection has at most 65,536 pending timers; beyond
/// that it closes with code 1013.
///
/// ```
/// use std::time::Duration;
/// use ws_core::prelude::*;
///
/// #[websocket("/quiz")]
/// #[derive(Default)]
/// struct Quiz {
///     timer: Option<Timer>,
/// }
///
/// struct TimeUp;
///
/// #[websocket]
/// impl Quiz {
///     #[open]
///     fn ask(&mut self, cx: &mut Context<Self>) -> &'static str {
///         self.timer = Some(cx.notify_after(Duration::from_secs(10), TimeUp));
///         "6 times 7?"
///     }
///
///     #[text]
///     fn answer(&mut self, _answer: &str, cx: &mut Context<Self>) -> &'static str {
///         match self.timer.take() {
///             Some(timer) if cx.cancel(timer) => "in time",
///             _ => "too late",
///         }
///     }
///
///     #[info]
///     fn time_up(&mut self, _: TimeUp) -> &'static str {
///         "time is up"
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timer {
    due: Instant,
    /// Timers due at the same time keep the order in which they were set.
    number: u64,
}

impl Timer {
    /// Returns a timer that stands for none, because there are too many.
    pub(crate) fn none() -> Self {
        Self { due: Instant::now(), number: 0 }
    }
}

/// The largest number of timers that a connection may have at a time.
pub(crate) const TIMERS: usize = 65_536;

#[derive(Default)]
pub(crate) struct Timers {
    waiting: BTreeMap<Timer, Info>,
    set: u64,
}

impl Timers {
    /// Sets a timer that is due after `delay`. Returns `None` if there are too many.
    pub(crate) fn set_after(&mut self, delay: Duration, info: Info) -> Option<Timer> {
        (self.len() < TIMERS).then(|| self.set(after(delay), info))
    }

    pub(crate) fn set(&mut self, due: Instant, info: Info) -> Timer {
        self.set += 1;
        let timer = Timer { due, number: self.set };
        self.waiting.insert(timer, info);
        timer
    }

    /// Cancels a timer. Returns `true` if it was pending.
    pub(crate) fn cancel(&mut self, timer: Timer) -> bool {
        self.take(timer).is_some()
    }

    /// Takes the info of a timer, if it is pending.
    pub(crate) fn take(&mut self, timer: Timer) -> Option<Info> {
        self.waiting.remove(&timer)
    }

    /// Takes the infos of all pending timers.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = Info> + use<> {
        std::mem::take(&mut self.waiting).into_values()
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(timer, _)| timer.due)
    }

    /// Takes the info of the first timer that is due at `now`.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Info> {
        let first = self.waiting.first_entry()?;
        (first.key().due <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn z5_timers_come_in_order_and_can_be_cancelled() {
        let now = Instant::now();
        let mut timers = Timers::default();
        let after = |seconds| now + Duration::from_secs(seconds);
        timers.set(after(2), Box::new("b"));
        let cancelled = timers.set(after(1), Box::new("never"));
        timers.set(after(1), Box::new("a"));
        timers.set(after(2), Box::new("c"));
        assert!(timers.cancel(cancelled));
        assert!(!timers.cancel(cancelled));
        assert!(timers.take_due(now).is_none());
        assert_eq!(timers.next(), Some(after(1)));
        let due: Vec<&str> =
            std::iter::from_fn(|| timers.take_due(after(2))).map(|info| *info.downcast().unwrap()).collect();
        assert_eq!(due, ["a", "b", "c"]);
    }
}
