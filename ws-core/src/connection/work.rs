//! The spawned work of a connection that is under way.

use std::fmt;
use std::sync::Arc;

use super::connection::Connection;

/// Spawned work, which counts against the limit of its connection until this is dropped.
pub(crate) struct Work(Arc<Connection>);

impl Work {
    /// Begins work. `None`: too much is under way.
    pub(super) fn begin(connection: &Arc<Connection>) -> Option<Self> {
        let work = Self(connection.clone());
        connection.work_begins().then_some(work)
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.0
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.work_ended();
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Work").field(&self.0.id).finish()
    }
}
