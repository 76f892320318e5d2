//! The close handshake (RFC 6455 7.1.1), in this order: queued frames, the server's close frame, the client's close
//! frame, the end of the server's half of the stream, the end of the client's half.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::timeout;

use super::{Driver, QUEUE_LIMIT};
use crate::connection::io::ReadBuffer;
use crate::message::Close;
use crate::message::Terminate;
use crate::shared::stats::Limit;

impl Driver {
    /// Ends the connection: sends the close frame, if there is one, and closes the stream. If `orderly`, frames that
    /// were queued earlier are written first, for as long as the client accepts them. Otherwise those that would delay
    /// the close frame for long are dropped. A drain's deadline limits all of this.
    pub(crate) async fn close(&mut self, close: Option<Close>, orderly: bool) {
        let shared = self.connection.shared.clone();
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
        self.count_traffic();
    }

    /// Returns whether the close handshake completed within the close timeout.
    async fn close_in_time(&mut self, close: Option<Close>, orderly: bool) -> bool {
        self.closing = true;
        self.ahead.clear();
        // A callback that panicked took the rest of its buffer with it, so the next bytes may begin in the middle of a
        // frame.
        self.read_ended |= self.lent_rest > 0;
        if let Some(close) = &close {
            if !orderly {
                self.protocol.drop_queued(QUEUE_LIMIT);
            }
            self.protocol.close(Some(close));
        }
        if orderly {
            // An error does not matter: the connection ends in any case.
            let _ = poll_fn(|task| match self.io.poll_write(task, self.protocol.write_queue()) {
                Poll::Pending => self.poll_blocked(task).map(Err),
                written @ Poll::Ready(_) => written,
            })
            .await;
        }
        // Giving up here loses nothing: the connection has ended, and its handler has the reason.
        self.aborted || timeout(self.close_timeout, self.close_handshake()).await.is_ok()
    }

    async fn close_handshake(&mut self) -> Result<(), Terminate> {
        let flushed = poll_fn(|task| {
            let flushed = self.io.poll_write(task, self.protocol.write_queue());
            // The client may accept nothing until everything that it sends is read.
            if flushed.is_pending() && self.poll_answer(task).is_ready() {
                let _ = self.poll_end(task);
            }
            flushed
        })
        .await;
        if flushed.is_ok() {
            poll_fn(|task| self.poll_answer(task)).await;
        }
        // The client must receive the close frame, then the end of the stream, and never a reset because bytes of its
        // own were left unread. So its side is read to the end.
        poll_fn(|task| self.io.poll_shutdown(task)).await.map_err(Terminate::Io)?;
        poll_fn(|task| self.poll_end(task)).await
    }

    /// Drops data until the client's close frame.
    fn poll_answer(&mut self, task: &mut Context<'_>) -> Poll<()> {
        while !self.protocol.is_ended() && !self.read_ended {
            if ready!(self.poll_read_ahead(task, usize::MAX)).is_err() {
                self.read_ended = true;
            }
        }
        Poll::Ready(())
    }

    /// Drops data until the end of the stream.
    fn poll_end(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        loop {
            let mut buffer = ReadBuffer::default();
            buffer.make_room();
            if ready!(self.io.poll_read(task, &mut buffer, usize::MAX))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Closes the stream at once, without a close frame and without writing the rest of the queue.
    pub(super) fn abort(&mut self) {
        self.aborted = true;
        self.io.abort();
    }
}
