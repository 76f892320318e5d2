//! Even placement of connections on workers that accept from the same listener.
//!
//! A client that waits wakes every worker. One that has more connections than another leaves the client to it for a
//! moment. If nobody has accepted by then, the others are held up, and it accepts all that wait.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::shared::clock::later;
use crate::shared::load::{Load, Placed};

/// How long a worker leaves a client to the others.
const MOMENT: Duration = Duration::from_millis(2);
/// The largest number of connections that a worker accepts before its other tasks run.
const AT_A_TIME: usize = 8;

/// The workers that accept from one listener.
pub(super) struct Workers {
    loads: Vec<Arc<Load>>,
    /// Notified when a worker begins to leave clients to the others, which may do so at that time too.
    left: Notify,
}

impl Workers {
    pub(super) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self { loads: (0..count).map(|_| Arc::default()).collect(), left: Notify::new() })
    }

    /// Returns the turns of worker `number`.
    pub(super) fn turns(self: &Arc<Self>, number: usize) -> Turns {
        Turns { own: self.loads[number].clone(), workers: self.clone(), alone: false }
    }

    fn fewest(&self) -> usize {
        self.loads.iter().map(|load| load.open()).min().unwrap_or_default()
    }

    fn accepted(&self) -> usize {
        self.loads.iter().map(|load| load.accepted()).fold(0, usize::wrapping_add)
    }
}

/// The turns of one worker.
pub(super) struct Turns {
    workers: Arc<Workers>,
    own: Arc<Load>,
    /// The other workers accept nothing although clients wait.
    alone: bool,
}

impl Turns {
    /// Waits until this worker may accept connections, and returns how many.
    pub(super) async fn next(&mut self) -> usize {
        if self.workers.loads.len() == 1 {
            return AT_A_TIME;
        }
        if self.is_ahead() && !self.alone {
            let accepted = self.workers.accepted();
            self.leave().await;
            self.alone = self.is_ahead() && self.workers.accepted() == accepted;
        }
        if self.alone { AT_A_TIME } else { (self.workers.fewest() / 4).clamp(1, AT_A_TIME) }
    }

    /// No client waits any more.
    pub(super) fn none_waits(&mut self) {
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

    async fn leave(&self) {
        let until = later(Instant::now(), MOMENT);
        self.workers.left.notify_waiters();
        loop {
            // Before the look, so that no change is missed.
            let mut left = pin!(self.workers.left.notified());
            left.as_mut().enable();
            if !self.is_ahead() || timeout_at(until, left).await.is_err() {
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
    async fn the_one_with_more_connections_leaves_clients_to_the_other() {
        let workers = Workers::new(2);
        let (mut one, mut other) = (workers.turns(0), workers.turns(1));
        let mut open: Vec<_> = (0..2).map(|_| one.place()).collect();
        let mut waiting = Box::pin(one.next());
        assert!(waiting.as_mut().now_or_never().is_none());
        // A moment passes, and the other one has accepted some.
        open.extend((0..4).map(|_| other.place()));
        // It is ahead now, and wakes the first one, whose turn it is.
        assert!(other.next().now_or_never().is_none());
        assert_eq!(waiting.now_or_never(), Some(1));
    }

    #[tokio::test]
    async fn a_worker_accepts_all_that_wait_if_the_others_are_held_up() {
        let workers = Workers::new(3);
        let mut one = workers.turns(0);
        let mut open = vec![one.place(), one.place()];
        // It leaves the first one to them for a moment, and no other one.
        let mut next = Some(one.next().await);
        while let Some(most) = next.filter(|_| open.len() < 500) {
            open.extend((0..most).map(|_| one.place()));
            next = one.next().now_or_never();
        }
        assert_eq!(next, Some(AT_A_TIME), "{}", open.len());
        // The next client is left to the others again.
        one.none_waits();
        assert!(one.next().now_or_never().is_none());
    }

    #[tokio::test]
    async fn a_worker_that_is_alone_never_waits() {
        let workers = Workers::new(1);
        let mut turns = workers.turns(0);
        let _open: Vec<_> = (0..50).map(|_| turns.place()).collect();
        assert_eq!(turns.next().now_or_never(), Some(AT_A_TIME));
    }
}
