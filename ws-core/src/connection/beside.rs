//! Messages of a client that its page session handles, and no callback.

use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;

use super::connection::Connection;
use crate::message::{Terminate, Text};

/// The page session of a connection, as its driver sees it.
pub(crate) trait Beside: Send + Sync + fmt::Debug {
    /// Sends the first messages of the connection, if there are any.
    fn begin(&self, _send: &mut dyn FnMut(Text)) {}

    /// Returns whether it receives each text message. Otherwise it receives those that arrive while a callback is pending.
    fn receives_all(&self) -> bool;

    /// Notes that nothing is read before this time: the connection waits for its turn among those of its address.
    fn waits(&self, _connection: &Connection, _until: Instant) {}

    /// Notes that the rate limit has dropped a message of the client.
    fn dropped(&self, _connection: &Connection) {}

    /// Returns whether it receives texts only as a whole, so that they are not delivered as they arrive.
    fn reads_texts(&self) -> bool {
        false
    }

    /// Handles a pong. Returns whether it answers a ping of the page session.
    fn pong(&self, connection: &Arc<Connection>, payload: &[u8]) -> bool;

    /// Handles a text message, if it is not for a callback. Returns whether it has. `pending`: a callback is pending, so the
    /// message arrives here again when its turn has come, if [`receives_all`](Self::receives_all). `send` queues an answer
    /// ahead of the mail. An error ends the connection.
    fn receive(
        &self,
        connection: &Arc<Connection>,
        text: &str,
        pending: bool,
        send: &mut dyn FnMut(Text),
    ) -> Result<bool, Terminate>;
}
