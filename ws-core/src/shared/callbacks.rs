//! The time limits of the callbacks that nothing else ends. `init` and `join` hold the place of a connection that is not
//! open yet, `close` and `terminate` that of one that has ended.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use http::StatusCode;
use tokio::time::{Instant, timeout_at};

use super::Shared;
use super::clock::{after, later};
use super::log_limit::Line;
use super::stats::Limit;
use crate::handshake::rejection::Rejection;

/// The time limits of callbacks. `None`: unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallbackLimits {
    /// Of `init`, `join` and `rejoin`.
    pub(crate) init: Option<Duration>,
    /// Of `close` and `terminate`.
    pub(crate) terminate: Option<Duration>,
}

impl CallbackLimits {
    pub(crate) const DEFAULT: Self =
        Self { init: Some(Duration::from_secs(30)), terminate: Some(Duration::from_secs(30)) };

    /// Returns the longer one of each two limits.
    pub(crate) fn longest(self, other: Self) -> Self {
        let longest = |one: Option<Duration>, other: Option<Duration>| Some(one?.max(other?));
        Self { init: longest(self.init, other.init), terminate: longest(self.terminate, other.terminate) }
    }
}

/// The server was held up if a limit is noticed later than this. Its time then begins anew.
const LATE: Duration = Duration::from_secs(1);

/// Runs `callback` for at most `limit`. Returns `None` if it has not returned by then.
///
/// There is no timer while the callback does not wait, and none in the first poll, which may happen where no runtime is
/// left.
pub(crate) async fn within<F: Future + ?Sized>(
    limit: Option<Duration>,
    mut callback: Pin<&mut F>,
) -> Option<F::Output> {
    let Some(limit) = limit else { return Some(callback.await) };
    let mut polled = false;
    let early = poll_fn(|task| match callback.as_mut().poll(task) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if polled => Poll::Ready(None),
        Poll::Pending => {
            polled = true;
            task.waker().wake_by_ref();
            Poll::Pending
        }
    });
    if let Some(value) = early.await {
        return Some(value);
    }
    let mut deadline = after(limit);
    loop {
        if let Ok(value) = timeout_at(deadline, callback.as_mut()).await {
            return Some(value);
        }
        let now = Instant::now();
        if now.saturating_duration_since(deadline) <= LATE {
            return None;
        }
        deadline = later(now, limit);
    }
}

impl Shared {
    /// Counts a callback that did not return within `limit`, and logs it. `handler` is the type name of its handler or
    /// service.
    pub(crate) fn timed_out(
        &self,
        limit: Limit,
        after: Option<Duration>,
        handler: &'static str,
        callback: &'static str,
    ) {
        self.stats.limited(limit);
        if let Some(Line { suppressed }) = self.log_limit.admit("time", handler, callback) {
            let limit = limit.name();
            let after = after.unwrap_or_default();
            tracing::warn!(
                handler,
                callback,
                suppressed,
                "a callback did not return within `{limit}` ({after:?})"
            );
        }
    }
}

/// The answer to a client whose `init` or `join` did not return in time.
pub(crate) fn timed_out() -> Rejection {
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "the server did not accept the connection in time")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn no_limit_is_the_longest() {
        let one = CallbackLimits { init: Some(SECOND), terminate: None };
        let other = CallbackLimits { init: Some(2 * SECOND), terminate: Some(SECOND) };
        assert_eq!(one.longest(other), CallbackLimits { init: Some(2 * SECOND), terminate: None });
    }
}
