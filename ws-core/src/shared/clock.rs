//! Deadlines, computed without overflow, and points in time that need little memory.

use std::num::NonZeroU64;
use std::sync::LazyLock;
use std::time::{self, Duration};

use tokio::time::Instant;

/// Longer delays are clamped to this, 30 years: an `Instant` would overflow.
const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);

/// Returns the time that is `delay` from now.
pub(crate) fn after(delay: Duration) -> Instant {
    later(Instant::now(), delay)
}

/// Returns the time that is `delay` after `start`.
pub(crate) fn later(start: Instant, delay: Duration) -> Instant {
    start + delay.min(FAR)
}

/// A point in time in 8 bytes, where an [`Instant`] and an optional one have 16. A connection keeps several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(NonZeroU64);

/// The number of the [`EPOCH`]. It is far from both ends: 146 years.
const MIDDLE: u64 = 1 << 62;
/// Moments count nanoseconds from here.
static EPOCH: LazyLock<Instant> = LazyLock::new(|| time::Instant::now().into());

impl Moment {
    #[inline]
    pub(crate) fn now() -> Self {
        Instant::now().into()
    }

    /// Returns the time that is `delay` later.
    #[inline]
    pub(crate) fn later(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(nanos(delay.min(FAR))))
    }

    /// Returns the time from `earlier` to here, or zero if that is not earlier.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.get().saturating_sub(earlier.0.get()))
    }

    /// Returns the time since then.
    pub(crate) fn elapsed(self) -> Duration {
        Self::now().since(self)
    }
}

#[inline]
const fn nanos(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1_000_000_000).saturating_add(time.subsec_nanos() as u64)
}

impl From<Instant> for Moment {
    #[inline]
    fn from(instant: Instant) -> Self {
        let nanos = match instant.checked_duration_since(*EPOCH) {
            Some(after) => MIDDLE.saturating_add(nanos(after)),
            // tokio's clock can be stopped, and then be behind the process.
            None => MIDDLE.saturating_sub(nanos(EPOCH.duration_since(instant))),
        };
        Self(NonZeroU64::new(nanos).unwrap_or(NonZeroU64::MIN))
    }
}

impl From<Moment> for Instant {
    fn from(moment: Moment) -> Self {
        match moment.0.get().checked_sub(MIDDLE) {
            Some(after) => *EPOCH + Duration::from_nanos(after),
            None => *EPOCH - Duration::from_nanos(MIDDLE - moment.0.get()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_exact_on_both_sides_of_the_epoch() {
        let second = Duration::from_nanos(1_000_000_001);
        for instant in [*EPOCH, *EPOCH + second, *EPOCH - second, later(*EPOCH, Duration::MAX)] {
            assert_eq!(Instant::from(Moment::from(instant)), instant);
        }
        let (before, now) = (Moment::from(*EPOCH - second), Moment::from(*EPOCH));
        assert_eq!((now.since(before), before.since(now)), (second, Duration::ZERO));
        assert_eq!(before.later(second), now);
        assert_eq!(size_of::<Option<Moment>>(), 8);
    }
}
