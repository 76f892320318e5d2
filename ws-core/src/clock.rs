//! Times to come.

use std::time::Duration;

use tokio::time::Instant;

/// As good as never, and still a time that can be reckoned with.
const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);

/// `delay` from now; a delay that no clock can hold is as good as never.
pub(crate) fn after(delay: Duration) -> Instant {
    later(Instant::now(), delay)
}

/// `delay` from `start`, in the same way.
pub(crate) fn later(start: Instant, delay: Duration) -> Instant {
    start + delay.min(FAR)
}
