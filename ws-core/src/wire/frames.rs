//! The thin stream that always lies beneath tungstenite: it sees frame headers, holds messages to their limit before
//! anything is reserved for them, counts bytes, and knows when they arrived.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::headers::{Headers, Refusal};
use super::transport::Transport;

pub(crate) struct Frames {
    transport: Transport,
    headers: Headers,
    /// The largest message let through, in bytes.
    pub(crate) max_message_size: usize,
    /// What came that is not passed on; what was read before it has been.
    refused: Option<Refusal>,
    /// Bytes read since the counters were last taken.
    pub(crate) read: u64,
    /// Bytes written since the counters were last taken.
    pub(crate) written: u64,
    /// When bytes last arrived: the clock is read once a system call, so once a burst.
    pub(crate) last_read: Instant,
}

impl Frames {
    pub(crate) fn new(transport: Transport, max_message_size: usize) -> Self {
        Self {
            transport,
            headers: Headers::default(),
            max_message_size,
            refused: None,
            read: 0,
            written: 0,
            last_read: Instant::now(),
        }
    }

    /// Follows bytes that go to the codec by another way: those that came with the handshake. How many of them may.
    pub(crate) fn admit(&mut self, bytes: &[u8]) -> usize {
        self.read += bytes.len() as u64;
        match self.headers.follow(bytes, self.max_message_size as u64) {
            Ok(()) => bytes.len(),
            Err((before, refusal)) => {
                self.refused = Some(refusal);
                before
            }
        }
    }

    /// Whether the codec, once it has taken all that was read, holds nothing.
    pub(crate) const fn at_rest(&self) -> bool {
        self.headers.at_rest() && self.refused.is_none()
    }

    /// Leaves an empty shell behind, for a codec that is about to be dropped.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::new(Transport::Gone, 0))
    }

    /// The stream itself, for what comes after the last frame.
    pub(crate) const fn transport(&mut self) -> &mut Transport {
        &mut self.transport
    }
}

impl AsyncRead for Frames {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(refusal) = self.refused {
            return Poll::Ready(Err(io::Error::other(refusal)));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.transport).poll_read(cx, buf))?;
        let arrived = buf.filled().len() - before;
        if arrived > 0 {
            self.last_read = Instant::now();
            let admitted = self.admit(&buf.filled()[before..]);
            if admitted < arrived {
                buf.set_filled(before + admitted);
            }
            // Zero bytes would read as the end of the stream.
            if let (0, Some(refusal)) = (admitted, self.refused) {
                return Poll::Ready(Err(io::Error::other(refusal)));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Frames {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.transport).poll_write(cx, buf))?;
        self.written += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}
