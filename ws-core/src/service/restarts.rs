//! The limit on restarts of a service, after which it stays down.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The largest number of restarts within [`WITHIN`]. After one more, the service stays down.
const MOST: usize = 10;
/// The period in which restarts are counted.
const WITHIN: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Restarts(VecDeque<Instant>);

impl Restarts {
    /// Returns `true` if the service may restart now, and counts the restart.
    pub(super) fn allow(&mut self, now: Instant) -> bool {
        while self.0.front().is_some_and(|first| now.duration_since(*first) >= WITHIN) {
            self.0.pop_front();
        }
        let allowed = self.0.len() < MOST;
        if allowed {
            self.0.push_back(now);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b8_ten_restarts_in_ten_seconds_and_no_more() {
        let (mut restarts, start) = (Restarts::default(), Instant::now());
        for _ in 0..MOST {
            assert!(restarts.allow(start));
        }
        assert!(!restarts.allow(start + Duration::from_millis(9_999)));
        for _ in 0..MOST {
            assert!(restarts.allow(start + WITHIN));
        }
        assert!(!restarts.allow(start + WITHIN));
    }
}
