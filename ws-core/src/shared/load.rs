//! The number of connections on a worker.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The connections of one worker. Other workers read it to find the one that has the fewest.
#[derive(Default)]
// Each worker writes its own all the time.
#[repr(align(128))]
pub(crate) struct Load {
    open: AtomicUsize,
    accepted: AtomicUsize,
}

impl Load {
    /// Counts a connection that was just accepted.
    pub(crate) fn place(self: &Arc<Self>) -> Placed {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
        Placed(self.clone())
    }

    /// Returns the number of connections that are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Returns the number of connections that were ever accepted.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

/// Counts a connection as open on its worker while it is alive.
pub(crate) struct Placed(Arc<Load>);

impl Drop for Placed {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}
