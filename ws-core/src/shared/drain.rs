//! The drain of an app, and its deadline.

use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::shared::clock::{after, later};

/// The time that `terminate` may take after the deadline. If a callback is dropped there, `terminate` still has to run.
pub(crate) const GRACE_PERIOD: Duration = Duration::from_secs(1);

/// The result of [`AppHandle::drain`](crate::AppHandle::drain).
///
/// ```
/// use std::time::Duration;
/// use ws_core::AppHandle;
///
/// # async fn f(app: AppHandle) {
/// let drained = app.drain(Duration::from_secs(30)).await;
/// if drained.left > 0 {
///     println!("{} connections are blocked by a callback", drained.left);
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Connections that ended during the drain.
    pub ended: u64,
    /// Callbacks that were still pending at the deadline and were dropped.
    pub aborted: u64,
    /// Connections that are still open. A callback that blocks its thread cannot be dropped.
    pub left: u64,
}

/// The state of the drain: its deadline, once it has begun.
pub(crate) struct Drain {
    deadline: watch::Sender<Option<Instant>>,
    /// Woken when the last connection ends.
    empty: watch::Sender<()>,
}

impl Default for Drain {
    fn default() -> Self {
        Self { deadline: watch::Sender::new(None), empty: watch::Sender::new(()) }
    }
}

impl Drain {
    /// Begins the drain. If it has begun already, the earlier deadline applies. Returns the deadline.
    pub(crate) fn begin(&self, within: Duration) -> Instant {
        let new = after(within);
        let mut deadline = new;
        self.deadline.send_modify(|known| {
            deadline = known.map_or(new, |known| known.min(new));
            *known = Some(deadline);
        });
        deadline
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        *self.deadline.borrow()
    }

    /// Resolves `grace` after the deadline of a drain, if one ever begins. If the deadline moves closer, so does this.
    pub(crate) async fn passed(&self, grace: Duration) {
        self.watch().passed(grace).await;
    }

    /// Returns the deadline, for a task that may outlive the app.
    pub(crate) fn watch(&self) -> Deadline {
        Deadline(self.deadline.subscribe())
    }

    /// Resolves when a drain begins.
    pub(crate) async fn begun(&self) {
        let _ = self.deadline.subscribe().wait_for(Option::is_some).await;
    }

    pub(crate) fn emptied(&self) {
        self.empty.send_replace(());
    }

    pub(crate) fn watch_empty(&self) -> watch::Receiver<()> {
        self.empty.subscribe()
    }
}

/// Follows the deadline of a drain.
#[derive(Clone)]
pub(crate) struct Deadline(watch::Receiver<Option<Instant>>);

impl Deadline {
    pub(crate) fn has_begun(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Resolves when a drain begins, or the app is gone.
    pub(crate) async fn begun(&self) {
        let _ = self.0.clone().wait_for(Option::is_some).await;
    }

    /// Resolves `grace` after the deadline of a drain, if one ever begins, or after the app is gone.
    pub(crate) async fn passed(&self, grace: Duration) {
        let mut deadlines = self.0.clone();
        loop {
            let deadline = *deadlines.borrow_and_update();
            let passed = async {
                match deadline {
                    Some(deadline) => sleep_until(later(deadline, grace)).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = passed => return,
                changed = deadlines.changed() => if changed.is_err() { return sleep(grace).await },
            }
        }
    }
}
