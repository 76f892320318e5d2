//! The end of a driver, however it ends.

use std::pin::Pin;

use futures_util::future::BoxFuture;

use super::close_handshake::CloseHandshake;
use super::driver::Driver;
use crate::message::{Close, Terminate};

impl Driver {
    /// Ends the connection: sends the close frame, if there is one, and closes the stream. If `orderly`, frames that
    /// were queued earlier are written first, for as long as the client accepts them. Otherwise those that would delay
    /// the close frame for long are dropped. A drain's deadline limits all of this.
    pub(crate) async fn close(&mut self, close: Option<Close>, orderly: bool) {
        self.count_traffic();
        if !self.closed {
            CloseHandshake::new(self).run(close, orderly).await;
        }
        self.count_traffic();
    }

    /// Closes the connection while a pending callback finishes, because the client or the server closed it in an orderly
    /// way. Returns the reason again.
    pub(crate) fn close_beside<'d>(
        &'d mut self,
        reason: Terminate,
        callback: Pin<&'d mut (dyn Future<Output = ()> + Send)>,
    ) -> BoxFuture<'d, Terminate> {
        Box::pin(CloseHandshake::new(self).run_beside(reason, callback))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let connection = &self.arrivals.connection;
        self.deadlines.cancel_alarm(connection);
        connection.mailbox.unregister();
    }
}
