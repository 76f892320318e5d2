//! The receiver of the changes of presence at a topic: a connection or a service.

use crate::connection::{Connection, ConnectionId, InfoBatch, Mail};

/// A receiver of changes of presence.
pub(crate) trait Watcher: Send + Sync {
    /// Queues a batch of infos, which is exempt from limits: changes have a bound of their own. One that is ending drops
    /// the batch.
    fn receive(&self, batch: InfoBatch);
}

/// Tells watchers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WatcherId {
    Connection(ConnectionId),
    /// The address of the service's incarnation in memory.
    Service(usize),
}

impl Watcher for Connection {
    fn receive(&self, batch: InfoBatch) {
        let _ = self.mailbox.push_exempt(Mail::Batch(batch));
    }
}
