//! Holds callbacks back until a test lets them continue.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Each [`open`](Self::open) lets one callback continue that waits in [`passed`](Self::passed). Clones share the same
/// gate. Tests pass it to an app as state.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// Creates a gate that lets nobody pass.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets one callback continue.
    pub fn open(&self) {
        self.0.add_permits(1);
    }

    /// Waits until the gate is opened for this caller.
    ///
    /// # Panics
    /// Never: the semaphore is not closed.
    pub async fn passed(&self) {
        self.0.acquire().await.expect("an open semaphore").forget();
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
