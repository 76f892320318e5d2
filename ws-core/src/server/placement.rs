//! Even placement of connections on the workers that accept from one listener.
//!
//! A client that connects wakes every worker. A worker that has more connections than another defers to it for a
//! moment. If no worker has accepted by then, the others are held up, and this worker accepts all clients that wait.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::shared::clock::later;
use crate::shared::load::{Load, Placed};

/// How long a worker defers to the others.
const DEFERRAL: Duration = Duration::from_millis(2);
/// The largest number of connections that a worker accepts before its other tasks run.
const AT_A_TIME: usize = 8;

/// The workers that accept from one listener.
pub(super) struct Workers {
    loads: Vec<Arc<Load>>,
    /// Notified when a worker defers, because another one that defers may be the one with the fewest now.
    deferred: Notify,
}

impl Workers {
    pub(super) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self { loads: (0..count).map(|_| Arc::default()).collect(), deferred: Notify::new() })
    }

    /// Returns the placement on worker `number`.
    pub(super) fn placement(self: &Arc<Self>, number: usize) -> Placement {
        Placement { own: self.loads[number].clone(), workers: self.clone(), alone: false }
    }

    fn fewest(&self) -> usize {
        self.loads.iter().map(|load| load.open()).min().unwrap_or_default()
    }

    fn accepted(&self) -> usize {
        self.loads.iter().map(|load| load.accepted()).fold(0, usize::wrapping_add)
    }
}

/// The placement of clients on one worker.
pub(super) struct Placement {
    workers: Arc<Workers>,
    own: Arc<Load>,
    /// The other workers accept nothing although clients wait.
    alone: bool,
}

impl Placement {
    /// Waits until this worker may accept connections, and returns how many.
    pub(super) async fn share(&mut self) -> usize {
        if self.workers.loads.len() == 1 {
            return AT_A_TIME;
        }
        if self.is_ahead() && !self.alone {
            let accepted = self.workers.accepted();
            self.defer().await;
            self.alone = self.is_ahead() && self.workers.accepted() == accepted;
        }
        if self.alone { AT_A_TIME } else { (self.workers.fewest() / 4).clamp(1, AT_A_TIME) }
    }

    /// No client waits any more.
    pub(super) fn queue_is_empty(&mut self) {
        self.alone = false;
    }

    /// Counts a connection that this worker has accepted.
    pub(super) fn place(&self) -> Placed {
        self.own.place()
    }

    fn is_ahead(&self) -> bool {
        let fewest = self.workers.fewest();
        // A few connections may be heavy ones, so they are placed more evenly.
        self.own.open() > fewest + (fewest / 2).clamp(1, 4).max(fewest / 16)
    }

    async fn defer(&self) {
        let until = later(Instant::now(), DEFERRAL);
        self.workers.deferred.notify_waiters();
        loop {
            // Before the look, so that no change is missed.
            let mut deferred = pin!(self.workers.deferred.notified());
            deferred.as_mut().enable();
            if !self.is_ahead() || timeout_at(until, deferred).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_worker_with_more_connections_defers_to_the_other() {
        let workers = Workers::new(2);
        let (mut one, mut other) = (workers.placement(0), workers.placement(1));
        let mut open: Vec<_> = (0..2).map(|_| one.place()).collect();
        let mut waiting = Box::pin(one.share());
        assert!(waiting.as_mut().now_or_never().is_none());
        // A moment passes, and the other one has accepted some.
        open.extend((0..4).map(|_| other.place()));
        // It is ahead now, and wakes the first one, which accepts.
        assert!(other.share().now_or_never().is_none());
        assert_eq!(waiting.now_or_never(), Some(1));
    }

    #[tokio::test]
    async fn a_worker_accepts_all_that_wait_if_the_others_are_held_up() {
        let workers = Workers::new(3);
        let mut one = workers.placement(0);
        let mut open = vec![one.place(), one.place()];
        // It defers once, and not for the next clients.
        let mut next = Some(one.share().await);
        while let Some(most) = next.filter(|_| open.len() < 500) {
            open.extend((0..most).map(|_| one.place()));
            next = one.share().now_or_never();
        }
        assert_eq!(next, Some(AT_A_TIME), "{}", open.len());
        // It defers again for the next client.
        one.queue_is_empty();
        assert!(one.share().now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_worker_that_is_alone_never_waits() {
        let workers = Workers::new(1);
        let mut placement = workers.placement(0);
        let _open: Vec<_> = (0..50).map(|_| placement.place()).collect();
        assert_eq!(placement.share().now_or_never(), Some(AT_A_TIME));
    }
}
