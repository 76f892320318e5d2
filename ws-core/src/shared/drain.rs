//! The drain of an app: when it began, and until when connections may finish.

use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::shared::clock::{after, later};

/// How long `terminate` may go on beyond the deadline: a connection that was cut there has yet to run it.
pub(crate) const GRACE_PERIOD: Duration = Duration::from_secs(1);

/// How a drain went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Connections that ended while it lasted.
    pub ended: u64,
    /// Callbacks that were still waiting at the deadline, and were cut.
    pub cut: u64,
    /// Connections that still live: a callback that blocks its thread cannot be cut.
    pub left: u64,
}

/// Until when connections may finish, once that is said.
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
    /// Begins, or shortens what has begun.
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

    /// Resolves `grace` after the deadline of a drain, if one ever begins; a deadline that comes nearer counts.
    pub(crate) async fn passed(&self, grace: Duration) {
        self.watch().passed(grace).await;
    }

    /// The deadline, for one that outlives the app.
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

/// The deadline of a drain, as it is known.
#[derive(Clone)]
pub(crate) struct Deadline(watch::Receiver<Option<Instant>>);

impl Deadline {
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
