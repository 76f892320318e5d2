//! How the line is closed.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::Line;
use crate::close::Close;
use crate::shared::stats::Limit;

impl Line {
    /// Closes the stream; see [`Messages::close`]. An `orderly` end lets go out first what was said before it, for as
    /// long as the client takes it. A drain leaves no more time for all of it than it has.
    pub(in crate::connection) async fn close(&mut self, close: Option<Close>, orderly: bool) {
        let shared = self.mailbox.shared.clone();
        let in_time =
            match select(pin!(self.close_in_time(close, orderly)), pin!(shared.drain.passed(Duration::ZERO)))
                .await
            {
                Either::Left((in_time, _)) => in_time,
                Either::Right(_) => true,
            };
        if !in_time {
            shared.stats.limited(Limit::CloseTimeout);
        }
        shared.stats.passed(self.messages.take_traffic());
    }

    /// Whether the client kept to the time that the close handshake has.
    async fn close_in_time(&mut self, close: Option<Close>, orderly: bool) -> bool {
        if orderly {
            self.closing = true;
            self.ahead.clear();
            // Whatever keeps it from going out, the connection ends all the same.
            let _ = poll_fn(|task| match self.messages.poll_flush(task) {
                Poll::Pending => self.poll_blocked(task).map(Err),
                written @ Poll::Ready(_) => written,
            })
            .await;
        }
        self.messages.close(close).await
    }
}
