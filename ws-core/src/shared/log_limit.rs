//! A limit for the log lines that clients can cause at will: of each kind, at most one every 10 s, with the number of
//! those that were suppressed since the last one. The counters in [`Stats`](crate::Stats) are complete.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::message::Panic;

/// The shortest interval between two lines of one kind.
const EVERY: Duration = Duration::from_secs(10);
/// The number of kinds that are remembered. A kind is a place in the program, so there are rarely more than a few.
const KINDS: usize = 256;

/// A kind of lines: its name, the handler or service that it is about, and the place in the program.
type Kind = (&'static str, &'static str, Cow<'static, str>);

/// A line that may be logged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The number of lines of its kind that were suppressed since the last one, if there are any.
    pub(crate) suppressed: Option<u64>,
}

/// The limit of one app.
#[derive(Default)]
pub(crate) struct LogLimit(Mutex<HashMap<Kind, Last>>);

/// The limit of the process, for lines that are about no app.
pub(crate) static LOG_LIMIT: LazyLock<LogLimit> = LazyLock::new(LogLimit::default);

/// The last line of a kind.
struct Last {
    logged: Instant,
    suppressed: u64,
}

impl LogLimit {
    /// Returns whether a line of this kind may be logged now.
    pub(crate) fn admit(
        &self,
        name: &'static str,
        subject: &'static str,
        place: &'static str,
    ) -> Option<Line> {
        self.admit_at((name, subject, Cow::Borrowed(place)), Instant::now())
    }

    /// Returns whether a panic may be logged now. Panics at different places are different kinds.
    pub(crate) fn admit_panic(&self, subject: &'static str, panic: &Panic) -> Option<Line> {
        let place = panic.location().unwrap_or_default().to_owned();
        self.admit_at(("panic", subject, Cow::Owned(place)), Instant::now())
    }

    fn admit_at(&self, kind: Kind, now: Instant) -> Option<Line> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |last: &Last| now.saturating_duration_since(last.logged) < EVERY;
        if let Some(last) = kinds.get_mut(&kind) {
            if is_recent(last) {
                last.suppressed += 1;
                return None;
            }
            let suppressed = std::mem::take(&mut last.suppressed);
            last.logged = now;
            return Some(Line { suppressed: (suppressed > 0).then_some(suppressed) });
        }
        if kinds.len() >= KINDS {
            kinds.retain(|_, last| is_recent(last));
        }
        if kinds.len() >= KINDS {
            return None;
        }
        kinds.insert(kind, Last { logged: now, suppressed: 0 });
        Some(Line { suppressed: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(place: usize) -> Kind {
        ("panic", "Handler", place.to_string().into())
    }

    #[test]
    fn of_each_kind_one_line_is_admitted_in_10_s_with_the_number_of_the_suppressed() {
        let (limit, now) = (LogLimit::default(), Instant::now());
        assert_eq!(limit.admit_at(kind(1), now), Some(Line { suppressed: None }));
        for millis in [0, 9_999] {
            assert_eq!(limit.admit_at(kind(1), now + Duration::from_millis(millis)), None);
        }
        assert_eq!(limit.admit_at(kind(2), now), Some(Line { suppressed: None }));
        assert_eq!(limit.admit_at(kind(1), now + EVERY), Some(Line { suppressed: Some(2) }));
        assert_eq!(limit.admit_at(kind(1), now + EVERY), None);
        assert_eq!(limit.admit_at(kind(2), now + EVERY), Some(Line { suppressed: None }));
    }

    #[test]
    fn kinds_without_end_take_no_more_memory_and_lines() {
        let (limit, now) = (LogLimit::default(), Instant::now());
        let admitted = |now| (0..2 * KINDS).filter(|n| limit.admit_at(kind(*n), now).is_some()).count();
        assert_eq!(admitted(now), KINDS);
        assert_eq!(admitted(now + EVERY), KINDS);
        assert_eq!(limit.0.lock().unwrap().len(), KINDS);
    }
}
