//! Deadlines, computed without overflow.

use std::time::Duration;

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
