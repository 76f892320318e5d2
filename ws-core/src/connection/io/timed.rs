//! The TCP stream while hyper owns it, with a write timeout for clients that do not read the response.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use super::preface::Preface;

/// A TCP stream with a write timeout: if it accepts no bytes for that long, the write fails and the stream is reset.
pub(crate) struct Timed {
    stream: TcpStream,
    /// `None`: no timeout.
    write_timeout: Option<Duration>,
    /// Set while the stream accepts no bytes.
    stalled: Option<Pin<Box<Sleep>>>,
    preface: Preface,
}

impl Timed {
    pub(crate) fn new(stream: TcpStream, write_timeout: Option<Duration>) -> Self {
        Self { stream, write_timeout, stalled: None, preface: Preface::default() }
    }

    pub(super) fn into_inner(self) -> TcpStream {
        self.stream
    }

    fn in_time(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
        } else if let Some(after) = self.write_timeout
            && self.stalled.get_or_insert_with(|| Box::pin(sleep(after))).as_mut().poll(cx).is_ready()
        {
            // If the option cannot be set, the system tries to deliver for a while, as it does by default.
            let _ = self.stream.set_zero_linger();
            let what = format!("the client accepted no data for {after:?}");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, what)));
        }
        written
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.preface.hold_back(buf, before);
        read
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.in_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
