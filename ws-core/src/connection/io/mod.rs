//! The only code that touches a connection's stream. It reads into the thread's buffer or directly into a message,
//! writes the queue, and records the time of progress. The [`stream`] is TCP, or another [`transport`]: TLS, a
//! `multiplexed` stream of HTTP/2, or any stream that a program serves its router on; [`buffer`] is the thread's read
//! buffer. While the stream still speaks HTTP, it is an accepted [`socket`], which [`timed`] limits and observes;
//! [`phase`] is what the connection is doing then, and [`preface`] lets hyper answer a client of HTTP/2.
#![expect(
    clippy::inline_always,
    reason = "reads and writes are parts of a turn, which the compiler would not inline"
)]

mod buffer;
#[cfg(feature = "http2")]
mod multiplexed;
mod phase;
mod preface;
mod socket;
mod stream;
mod timed;
mod transport;

use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::buf::Limit;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::Instant;

pub(crate) use self::buffer::Lent;
pub(crate) use self::buffer::ReadBuffer;
#[cfg(feature = "http2")]
pub(crate) use self::multiplexed::Multiplexed;
pub(crate) use self::phase::{InUse, Phase, Progress, Unread};
pub(crate) use self::socket::Socket;
pub(super) use self::stream::{EndAhead, Stream};
pub(crate) use self::timed::Timed;
#[cfg(test)]
pub(super) use self::transport::Transport;
use crate::message::Terminate;
use crate::protocol::{SLICES, WriteQueue};
use crate::shared::clock::Moment;

#[expect(clippy::struct_excessive_bools, reason = "each is a state that comes and goes by itself")]
pub(super) struct Io {
    stream: Stream,
    /// The time at which bytes last arrived. The clock is read once for each read, not for each message, and
    /// not converted to a [`Moment`] there.
    pub(super) last_read: Instant,
    /// The time since which the stream has accepted no bytes although some wait, if it `stalls`. Otherwise the time at
    /// which it last accepted bytes that had waited.
    waited: Option<Moment>,
    stalls: bool,
    /// Probably there is nothing to read: the last read took everything, or the task was woken for something else.
    drained: bool,
    /// The task is woken when something can be read, and nothing was read since that was arranged.
    awaited: bool,
    /// The stream may hold bytes back until it is flushed.
    unflushed: bool,
    /// Bytes read and written, and messages passed to the stream, since the counters were last taken.
    pub(super) read: u64,
    pub(super) written: u64,
    pub(super) messages_written: u32,
}

impl Io {
    /// Wraps `stream`. `early` bytes of it arrived with the handshake.
    pub(super) fn new(stream: Stream, early: usize) -> Self {
        Self {
            stream,
            last_read: Instant::now(),
            waited: None,
            stalls: false,
            drained: false,
            awaited: false,
            unflushed: false,
            read: early as u64,
            written: 0,
            messages_written: 0,
        }
    }

    /// Reads at most `at_most` bytes to the end of `buffer`. Returns the number of bytes; 0 is the end of the stream.
    #[inline(always)]
    pub(super) fn poll_read(
        &mut self,
        task: &mut Context<'_>,
        buffer: &mut ReadBuffer,
        at_most: usize,
    ) -> Poll<Result<usize, Terminate>> {
        let mut free = ReadBuf::new(buffer.free(at_most));
        // A TCP read that does not fill the buffer clears the readiness: the next one is pending without a system call.
        let read = Pin::new(&mut self.stream).poll_read(task, &mut free);
        self.drained = read.is_ready() && free.remaining() > 0;
        self.awaited = read.is_pending();
        ready!(read).map_err(failed)?;
        let count = free.filled().len();
        buffer.filled(count);
        self.was_read(count);
        Poll::Ready(Ok(count))
    }

    /// Notes that there is probably nothing to read.
    #[inline]
    pub(super) const fn expect_no_input(&mut self) {
        self.drained = true;
    }

    /// Pending if a read would be. That costs less than the attempt, and needs no buffer, so it is worth it where
    /// nothing is expected.
    #[inline]
    pub(super) fn poll_readable(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        if std::mem::take(&mut self.drained) {
            if self.awaited && self.stream.is_drained() {
                return Poll::Pending;
            }
            let readable = self.stream.poll_readable(task);
            self.awaited = readable.is_pending();
            ready!(readable).map_err(failed)?;
        }
        Poll::Ready(Ok(()))
    }

    /// Notes that another task is polled now.
    pub(super) const fn task_changed(&mut self) {
        self.awaited = false;
    }

    /// Reads directly into a message's own buffer.
    pub(super) fn poll_read_directly(
        &mut self,
        task: &mut Context<'_>,
        into: &mut Limit<&mut Vec<u8>>,
    ) -> Poll<Result<usize, Terminate>> {
        self.awaited = false;
        let count = ready!(pin!(self.stream.read_buf(into)).poll(task)).map_err(failed)?;
        self.was_read(count);
        Poll::Ready(Ok(count))
    }

    #[inline]
    fn was_read(&mut self, count: usize) {
        // The end of the stream is not a sign of life.
        if count > 0 {
            self.read += count as u64;
            self.last_read = Instant::now();
        }
    }

    /// Writes the queue and returns its buffer to the thread. Ready when everything is written and flushed. Costs
    /// nothing if nothing is queued.
    #[inline(always)]
    pub(super) fn poll_write(
        &mut self,
        task: &mut Context<'_>,
        queue: &mut Option<Box<WriteQueue>>,
    ) -> Poll<Result<(), Terminate>> {
        if queue.is_none() && !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        self.poll_write_queue(task, queue)
    }

    fn poll_write_queue(
        &mut self,
        task: &mut Context<'_>,
        queue: &mut Option<Box<WriteQueue>>,
    ) -> Poll<Result<(), Terminate>> {
        if let Some(waiting) = queue {
            self.messages_written += waiting.take_messages();
            ready!(self.poll_write_all(task, waiting)).map_err(failed)?;
            if let Some(empty) = queue.take() {
                empty.give();
            }
        }
        if self.unflushed {
            let flushed = Pin::new(&mut self.stream).poll_flush(task);
            if flushed.is_pending() {
                self.stalls();
                return Poll::Pending;
            }
            ready!(flushed).map_err(failed)?;
            self.unflushed = false;
            self.accepted();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_all(&mut self, task: &mut Context<'_>, queue: &mut WriteQueue) -> Poll<io::Result<()>> {
        while !queue.is_empty() {
            let written = if let Some(bytes) = queue.one_slice() {
                match self.stream.try_write(bytes) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        Pin::new(&mut self.stream).poll_write(task, bytes)
                    }
                    written => Poll::Ready(written),
                }
            } else {
                let mut slices = [IoSlice::new(&[]); SLICES];
                let count = queue.slices(&mut slices);
                Pin::new(&mut self.stream).poll_write_vectored(task, &slices[..count])
            };
            let Poll::Ready(written) = written else {
                self.stalls();
                return Poll::Pending;
            };
            let written = written?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            queue.advance(written);
            self.written += written as u64;
            self.unflushed = true;
            if self.stalls && self.stream.take_accepted(true) {
                self.accepted();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Notes that the stream does not accept the bytes that wait.
    fn stalls(&mut self) {
        if self.stream.take_accepted(false) || !self.stalls {
            (self.stalls, self.waited) = (true, Some(Moment::now()));
        }
    }

    /// Notes that the stream has accepted bytes.
    #[inline]
    fn accepted(&mut self) {
        if self.stalls {
            (self.stalls, self.waited) = (false, Some(Moment::now()));
        }
    }

    /// Returns the time since which the stream has accepted no bytes although some wait. `None`: none wait.
    #[inline]
    pub(super) const fn stalled(&self) -> Option<Moment> {
        if self.stalls { self.waited } else { None }
    }

    /// Returns the time at which the stream last accepted bytes that had waited, or since which it accepts none.
    pub(super) const fn waited(&self) -> Option<Moment> {
        self.waited
    }

    /// Fails once the client has aborted the stream, without reading. Only HTTP/2 wakes the task for that.
    #[inline]
    pub(super) fn check_aborted(&mut self, task: &mut Context<'_>) -> Result<(), Terminate> {
        if self.stream.poll_aborted(task).is_ready() { Err(Terminate::Lost) } else { Ok(()) }
    }

    /// Returns how the stream ends behind unread bytes, if it is TCP or HTTP/2 and the client has ended it.
    pub(super) fn end_ahead(&mut self) -> Option<EndAhead> {
        self.stream.end_ahead()
    }

    /// Ends the server's half of the stream.
    pub(super) fn poll_shutdown(&mut self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }

    /// Closes the stream at once. Bytes that are written but not delivered may be lost.
    pub(super) fn abort(&mut self) {
        self.stream.abort();
    }
}

/// Converts an error. A client that is gone is [`Terminate::Lost`], whichever call notices it first.
fn failed(error: io::Error) -> Terminate {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof => Terminate::Lost,
        _ => Terminate::Io(error),
    }
}
