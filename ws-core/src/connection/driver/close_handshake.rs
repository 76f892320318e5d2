//! The close handshake (RFC 6455 7.1.1), in this order: queued frames, the server's close frame, the client's close
//! frame, the end of the server's half of the stream, the end of the client's half.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::time::{timeout, timeout_at};

use super::driver::Driver;
use crate::connection::ending;
use crate::connection::io::ReadBuffer;
use crate::connection::yielding::yield_once;
use crate::message::{Close, Terminate};
use crate::shared::clock::after;
use crate::shared::panics::drop_each;
use crate::shared::stats::Limit;

pub(super) struct CloseHandshake<'d> {
    driver: &'d mut Driver,
    /// The client sends nothing more that could be decoded.
    read_ended: bool,
}

impl<'d> CloseHandshake<'d> {
    pub(super) const fn new(driver: &'d mut Driver) -> Self {
        // A callback that panicked took the rest of its buffer with it, so the next bytes may begin in the middle of a
        // frame.
        let read_ended = driver.stream.lent_rest;
        Self { driver, read_ended }
    }

    /// Sends the close frame, if there is one, and closes the stream. See [`Driver::close`].
    pub(super) async fn run(mut self, close: Option<Close>, orderly: bool) {
        let shared = self.driver.arrivals.connection.shared.clone();
        {
            let in_time = pin!(self.run_in_time(close, orderly));
            let deadline = pin!(shared.drain.passed(Duration::ZERO));
            if let Either::Left((false, _)) = select(in_time, deadline).await {
                shared.stats.limited(Limit::CloseTimeout);
            }
        }
        self.driver.closed = true;
    }

    /// Closes the connection for `reason`, while a pending callback finishes. The callback is cancelled at the close
    /// timeout, or at the deadline of a drain.
    pub(super) async fn run_beside(
        self,
        reason: Terminate,
        callback: Pin<&mut (dyn Future<Output = ()> + Send)>,
    ) -> Terminate {
        let connection = self.driver.arrivals.connection.clone();
        // Nothing that is sent from now on goes out.
        connection.commands.shut();
        drop_each(connection.mailbox.shut());
        let finishing = pin!(timeout_at(
            self.driver.ahead.finish_by().unwrap_or_else(|| after(self.driver.deadlines.close_timeout())),
            callback
        ));
        let deadline = pin!(connection.shared.drain.passed(Duration::ZERO));
        let finishing = select(finishing, deadline);
        let closing = pin!(self.run(ending::close_frame(&reason), true));
        // If the callback is over first, `terminate` does not wait for the rest of the handshake, which goes on beside it.
        let finished = match select(finishing, closing).await {
            Either::Left((finished, _)) => finished,
            Either::Right(((), finishing)) => finishing.await,
        };
        match finished {
            Either::Left((Ok(()), _)) => {}
            Either::Left((Err(_), _)) => connection.shared.stats.limited(Limit::CloseTimeout),
            Either::Right(_) => connection.shared.stats.aborted(),
        }
        reason
    }

    /// Returns whether the handshake completed within the close timeout.
    async fn run_in_time(&mut self, close: Option<Close>, orderly: bool) -> bool {
        self.driver.closing = true;
        self.driver.ahead.clear();
        // A client may take its time from here on.
        self.driver.stream.unread.release();
        if let Some(close) = &close {
            self.driver.stream.close(close, orderly);
        }
        if orderly {
            // An error does not matter: the connection ends in any case.
            let _ = poll_fn(|task| {
                let written = self.driver.stream.poll_write(task)?;
                if written.is_pending() {
                    // The reason is known by now, so an urgent signal does not change it.
                    let _ = self.driver.listen(task);
                    self.driver.go_on(task, true)?;
                }
                written.map(Ok::<_, Terminate>)
            })
            .await;
        }
        let close_timeout = self.driver.deadlines.close_timeout();
        // Giving up here loses nothing: the connection has ended, and its handler has the reason.
        self.driver.closed || timeout(close_timeout, self.exchange()).await.is_ok()
    }

    async fn exchange(&mut self) -> Result<(), Terminate> {
        let flushed = poll_fn(|task| {
            let flushed = self.driver.stream.poll_write(task);
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
        self.driver.stream.unread = ReadBuffer::default();
        // The client must receive the close frame, then the end of the stream, and never a reset because bytes of its
        // own were left unread. So its side is read to the end.
        poll_fn(|task| self.driver.stream.io.poll_shutdown(task)).await.map_err(Terminate::Io)?;
        poll_fn(|task| self.poll_end(task)).await
    }

    /// Drops data until the client's close frame.
    fn poll_answer(&mut self, task: &mut Context<'_>) -> Poll<()> {
        while !self.driver.stream.protocol.is_ended() && !self.read_ended {
            let Driver { stream, budget, .. } = &mut *self.driver;
            if ready!(stream.poll_message(task, usize::MAX, budget)).is_err() {
                self.read_ended = true;
            }
        }
        Poll::Ready(())
    }

    /// Drops data until the end of the stream.
    fn poll_end(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        let Driver { stream, budget, .. } = &mut *self.driver;
        while budget.has_frames() {
            let mut buffer = ReadBuffer::default();
            buffer.make_room();
            let count = ready!(stream.io.poll_read(task, &mut buffer, usize::MAX))?;
            if count == 0 {
                return Poll::Ready(Ok(()));
            }
            budget.spend_message(count);
        }
        budget.renew();
        yield_once(task);
        Poll::Pending
    }
}
