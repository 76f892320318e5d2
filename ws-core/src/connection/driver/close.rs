//! Closing, in this order: the frames that wait, our close frame, the client's, the end of our half of the stream, the end
//! of the client's (RFC 6455 7.1.1).

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::timeout;

use super::{Driver, QUEUE_LIMIT};
use crate::close::Close;
use crate::connection::io::ReadBuffer;
use crate::shared::stats::Limit;
use crate::terminate::Terminate;

impl Driver {
    /// Ends the connection: sends our close frame if there is one, and closes the stream. An `orderly` end first writes
    /// the frames that were queued before it, for as long as the client takes them; any other drops what would keep the
    /// close frame waiting for long. A drain leaves no more time for all of it than it has.
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
        self.count_traffic();
    }

    /// Returns whether the client kept to the time that the close handshake has.
    async fn close_in_time(&mut self, close: Option<Close>, orderly: bool) -> bool {
        self.closing = true;
        self.ahead.clear();
        // A callback that panicked took its buffer along: the next bytes may begin anywhere within a frame.
        self.read_ended |= self.lent_rest > 0;
        if let Some(close) = &close {
            if !orderly {
                self.protocol.drop_queued(QUEUE_LIMIT);
            }
            self.protocol.close(Some(close));
        }
        if orderly {
            // If this fails, the connection ends all the same.
            let _ = poll_fn(|task| match self.io.poll_write(task, self.protocol.write_queue()) {
                Poll::Pending => self.poll_blocked(task).map(Err),
                written @ Poll::Ready(_) => written,
            })
            .await;
        }
        // Nothing is lost by giving up here: the connection has ended, and its handler knows why.
        self.cut || timeout(self.close_timeout, self.close_handshake()).await.is_ok()
    }

    async fn close_handshake(&mut self) -> Result<(), Terminate> {
        let flushed = poll_fn(|task| {
            let flushed = self.io.poll_write(task, self.protocol.write_queue());
            // The client may take nothing before all that it sends is read.
            if flushed.is_pending() && self.poll_answer(task).is_ready() {
                let _ = self.poll_end(task);
            }
            flushed
        })
        .await;
        if flushed.is_ok() {
            poll_fn(|task| self.poll_answer(task)).await;
        }
        // The client reads our close frame before the end of the stream, and never a reset because bytes
        // of its own were left unread: its side is read to the end.
        poll_fn(|task| self.io.poll_shutdown(task)).await.map_err(Terminate::Io)?;
        poll_fn(|task| self.poll_end(task)).await
    }

    /// Drops the data before the client's close frame.
    fn poll_answer(&mut self, task: &mut Context<'_>) -> Poll<()> {
        while !self.protocol.is_ended() && !self.read_ended {
            if ready!(self.poll_read_ahead(task, usize::MAX)).is_err() {
                self.read_ended = true;
            }
        }
        Poll::Ready(())
    }

    /// Drops the data before the end of the stream.
    fn poll_end(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        loop {
            let mut buffer = ReadBuffer::default();
            buffer.make_room();
            if ready!(self.io.poll_read(task, &mut buffer, usize::MAX))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Closes the stream at once: without a close frame, and without the bytes that were not written.
    pub(super) fn cut(&mut self) {
        self.cut = true;
        self.io.cut();
    }
}
