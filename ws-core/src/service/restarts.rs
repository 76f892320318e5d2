//! How often a service may restart before it is given up (B8).

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// So many restarts …
const MOST: usize = 10;
/// … within this time; one more, and the service stays down.
const WITHIN: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(super) struct Restarts(VecDeque<Instant>);

impl Restarts {
    /// Whether one more is allowed now; it counts then.
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
