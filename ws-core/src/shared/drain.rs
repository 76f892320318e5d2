//! The drain of an app: when it began, and until when connections may finish.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How a drain went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let new = Instant::now() + within;
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

    /// Resolves at the deadline of a drain, if one ever begins.
    pub(crate) async fn passed(&self) {
        let mut deadlines = self.deadline.subscribe();
        let Ok(deadline) = deadlines.wait_for(Option::is_some).await.map(|deadline| *deadline) else {
            return;
        };
        if let Some(deadline) = deadline {
            tokio::time::sleep_until(deadline).await;
        }
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
