//! The timers of one connection: infos that are due later.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::mail::Info;

/// A timer that was set, to [`cancel`](crate::Context::cancel) it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timer {
    due: Instant,
    /// Timers due at the same time keep the order in which they were set.
    number: u64,
}

impl Timer {
    /// No timer: there was no room for one more.
    pub(crate) fn none() -> Self {
        Self { due: Instant::now(), number: 0 }
    }
}

/// How many timers a connection may have at a time.
pub(crate) const TIMERS: usize = 65_536;

pub(crate) struct Timers {
    waiting: BTreeMap<Timer, Info>,
    set: u64,
}

impl Timers {
    pub(crate) const fn new() -> Self {
        Self { waiting: BTreeMap::new(), set: 0 }
    }

    pub(crate) fn set(&mut self, due: Instant, info: Info) -> Timer {
        self.set += 1;
        let timer = Timer { due, number: self.set };
        self.waiting.insert(timer, info);
        timer
    }

    /// Whether it was still to come.
    pub(crate) fn cancel(&mut self, timer: Timer) -> bool {
        self.waiting.remove(&timer).is_some()
    }

    /// Takes out all that are still to come.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = Info> + use<> {
        std::mem::take(&mut self.waiting).into_values()
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(timer, _)| timer.due)
    }

    /// The first that is due by `now`.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Info> {
        let first = self.waiting.first_entry()?;
        (first.key().due <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn z5_timers_come_in_order_and_can_be_cancelled() {
        let now = Instant::now();
        let mut timers = Timers::new();
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
