//! The browser sessions that were signed out, until their cookies would have expired.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::handshake::session::SessionId;

/// The revoked sessions, the oldest first.
#[derive(Default)]
pub(super) struct Revoked {
    since: HashMap<SessionId, Instant>,
    order: VecDeque<(Instant, SessionId)>,
}

impl Revoked {
    /// Adds a session. Cookies are valid for `lifetime`, and at most `most` sessions are remembered. Returns whether one
    /// was forgotten too early.
    pub(super) fn insert(
        &mut self,
        session: SessionId,
        now: Instant,
        lifetime: Duration,
        most: usize,
    ) -> bool {
        let mut early = false;
        while let Some((since, oldest)) = self.order.front().copied() {
            let expired = now.saturating_duration_since(since) > lifetime;
            if !expired && self.order.len() < most {
                break;
            }
            early |= !expired;
            self.order.pop_front();
            self.since.remove(&oldest);
        }
        if self.since.insert(session, now).is_none() {
            self.order.push_back((now, session));
        }
        early
    }

    /// Returns how long ago the session was revoked, if it was.
    pub(super) fn age(&self, session: SessionId, now: Instant) -> Option<Duration> {
        self.since.get(&session).map(|since| now.saturating_duration_since(*since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revoked_sessions_are_remembered_until_their_cookies_expire() {
        const LIFETIME: Duration = Duration::from_secs(100);
        let mut revoked = Revoked::default();
        let ids: Vec<_> = (0..4).map(|_| SessionId::random()).collect();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!revoked.insert(ids[0], at(0), LIFETIME, 2));
        assert!(!revoked.insert(ids[1], at(60), LIFETIME, 2));
        assert!(!revoked.insert(ids[2], at(120), LIFETIME, 2), "the first has expired");
        assert_eq!(revoked.age(ids[0], at(120)), None);
        assert_eq!(revoked.age(ids[1], at(120)), Some(Duration::from_secs(60)));
        assert!(revoked.insert(ids[3], at(121), LIFETIME, 2), "the second has not");
        assert_eq!((revoked.age(ids[1], at(121)), revoked.order.len()), (None, 2));
    }
}
