//! The byte stream of a connection: the TCP stream itself wherever hyper can return it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::FutureExt;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use super::socket::Socket;
use super::timed::Timed;
use super::transport::Transport;
use crate::shared::load::Placed;

pub(crate) enum Stream {
    /// The TCP stream itself, without a box or virtual calls.
    Tcp(TcpStream),
    /// Any other stream: TLS, a stream of HTTP/2, a Unix socket, or one that an app serves its router on.
    Boxed(Box<dyn Transport>),
    /// The stream was closed at once.
    Aborted,
}

/// The end of a stream, behind bytes that are not read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndAhead {
    /// The client has ended its half.
    Orderly,
    /// The connection is gone.
    Reset,
}

impl Stream {
    /// Takes the stream out of hyper, with the bytes that the client sent after its request, and its place on a worker.
    pub(crate) fn of(upgraded: Upgraded) -> (Self, Bytes, Option<Placed>) {
        let (socket, early, placed) = match socket(upgraded) {
            Ok(socket) => socket,
            Err(upgraded) => return (Self::Boxed(Box::new(TokioIo::new(upgraded))), Bytes::new(), None),
        };
        let stream = match socket {
            Socket::Tcp(stream) => stream,
            #[cfg(unix)]
            Socket::Unix(stream) => return (Self::Boxed(Box::new(stream)), early, placed),
            Socket::Secure(stream) => return (Self::Boxed(stream), early, placed),
        };
        // Those that the server has accepted itself have the option.
        if placed.is_none() {
            let _ = stream.set_nodelay(true);
        }
        (Self::Tcp(stream), early, placed)
    }

    /// Returns the TCP stream, or the one below TLS.
    fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(stream) => Some(stream),
            Self::Boxed(stream) => stream.tcp(),
            Self::Aborted => None,
        }
    }

    /// Bounds the bytes that the system queues and has not sent yet. A system that refuses the option works too, with
    /// its own bound.
    pub(crate) fn set_send_buffer(&self, bytes: usize) {
        if let Some(stream) = self.tcp()
            && bytes < usize::MAX
        {
            let socket = SockRef::from(stream);
            #[cfg(any(target_os = "linux", target_os = "android"))]
            let _ = socket.set_tcp_notsent_lowat(u32::try_from(bytes).unwrap_or(u32::MAX));
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            let _ = socket.set_send_buffer_size(bytes);
        }
    }

    /// Ready once the client has aborted the stream, even if bytes that came before are not read yet. TCP does not wait for
    /// that: see [`end_ahead`](Self::end_ahead).
    #[inline]
    pub(super) fn poll_aborted(&mut self, task: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Boxed(stream) => stream.poll_aborted(task),
            Self::Tcp(_) | Self::Aborted => Poll::Pending,
        }
    }

    /// Returns how the stream ends behind bytes that are not read yet. `None` for streams other than TCP, TLS and HTTP/2,
    /// whose end only a read can find.
    pub(super) fn end_ahead(&mut self) -> Option<EndAhead> {
        if self.poll_aborted(&mut Context::from_waker(Waker::noop())).is_ready() {
            return Some(EndAhead::Reset);
        }
        let stream = self.tcp()?;
        // The runtime knows it from the last event of the socket, so this makes no system call.
        let Some(Ok(ready)) = stream.ready(Interest::READABLE | Interest::WRITABLE).now_or_never() else {
            return None;
        };
        if ready.is_write_closed() {
            Some(EndAhead::Reset)
        } else {
            ready.is_read_closed().then_some(EndAhead::Orderly)
        }
    }

    /// Writes what the system accepts at once. Without a call of [`poll_write`](AsyncWrite::poll_write), the task is not
    /// woken when it accepts more. Streams other than TCP cannot do this.
    #[inline]
    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            Self::Boxed(_) | Self::Aborted => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Returns whether the system has accepted bytes since the last call. `written`: a write has just succeeded, which
    /// means the same unless the stream has a buffer of its own.
    #[inline]
    pub(super) fn take_accepted(&mut self, written: bool) -> bool {
        match self {
            Self::Boxed(stream) => stream.take_accepted().unwrap_or(written),
            Self::Tcp(_) | Self::Aborted => written,
        }
    }

    /// Ready unless it is known, without a system call, that nothing can be read. Otherwise the task is woken when that
    /// changes.
    #[inline]
    pub(super) fn poll_readable(&self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_read_ready(task),
            Self::Boxed(_) | Self::Aborted => Poll::Ready(Ok(())),
        }
    }

    /// Returns whether it is known, without a system call, that nothing can be read. The task is not woken when that
    /// changes.
    #[inline]
    pub(super) fn is_drained(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.try_io(Interest::READABLE, || Ok(())).is_err(),
            Self::Boxed(_) | Self::Aborted => false,
        }
    }

    /// Closes the stream, and discards written bytes that are not delivered yet.
    pub(super) fn abort(&mut self) {
        match self {
            // If the option cannot be set, the system tries to deliver for a while, as it does by default.
            Self::Tcp(stream) => drop(stream.set_zero_linger()),
            Self::Boxed(stream) => stream.abort(),
            Self::Aborted => {}
        }
        *self = Self::Aborted;
    }
}

fn socket(upgraded: Upgraded) -> Result<(Socket, Bytes, Option<Placed>), Upgraded> {
    // A server started with `run`, `serve` or `bind`.
    let upgraded = match upgraded.downcast::<TokioIo<Timed>>() {
        Ok(parts) => {
            let (socket, placed) = parts.io.into_inner().into_inner();
            return Ok((socket, parts.read_buf, Some(placed)));
        }
        Err(upgraded) => upgraded,
    };
    // A program that uses hyper directly.
    let upgraded = match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => return Ok((Socket::Tcp(parts.io.into_inner()), parts.read_buf, None)),
        Err(upgraded) => upgraded,
    };
    // `axum::serve` uses hyper-util's connection, which wraps the stream once more.
    let parts = auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded)?;
    Ok((Socket::Tcp(parts.io.into_inner()), parts.read_buf, None))
}

fn aborted<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl AsyncRead for Stream {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_read(task, buf),
            Self::Boxed(stream) => Pin::new(stream).poll_read(task, buf),
            Self::Aborted => aborted(),
        }
    }
}

impl AsyncWrite for Stream {
    #[inline]
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_write(task, buf),
            Self::Boxed(stream) => Pin::new(stream).poll_write(task, buf),
            Self::Aborted => aborted(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(task, bufs),
            Self::Boxed(stream) => Pin::new(stream).poll_write_vectored(task, bufs),
            Self::Aborted => aborted(),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Boxed(stream) => stream.is_write_vectored(),
            Self::Aborted => false,
        }
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            // TCP needs no flush.
            Self::Tcp(_) => Poll::Ready(Ok(())),
            Self::Boxed(stream) => Pin::new(stream).poll_flush(task),
            Self::Aborted => aborted(),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(task),
            Self::Boxed(stream) => Pin::new(stream).poll_shutdown(task),
            Self::Aborted => aborted(),
        }
    }
}
