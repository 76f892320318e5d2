//! The byte stream under a connection: the TCP stream itself wherever hyper gives it back.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::timed::Timed;

pub(crate) enum Transport {
    /// The stream itself: no box, no virtual call.
    Tcp(TcpStream),
    /// Any other stream that an app serves its router on, as hyper boxed it.
    Boxed(TokioIo<Upgraded>),
    /// Moved elsewhere.
    Gone,
    /// What a unit test has written down.
    #[cfg(all(test, feature = "compression"))]
    Script(super::frames::tests::script::Script),
}

impl Transport {
    /// Takes the stream out of hyper, with what the client had sent beyond its request.
    pub(crate) fn of(upgraded: Upgraded) -> (Self, Bytes) {
        let (stream, early) = match tcp(upgraded) {
            Ok(tcp) => tcp,
            Err(upgraded) => return (Self::Boxed(TokioIo::new(upgraded)), Bytes::new()),
        };
        // A reply must not wait for the acknowledgement of the one before it; a socket that refuses the option works
        // as well, only later.
        let _ = stream.set_nodelay(true);
        (Self::Tcp(stream), early)
    }
}

fn tcp(upgraded: Upgraded) -> Result<(TcpStream, Bytes), Upgraded> {
    // The server of our own.
    let upgraded = match upgraded.downcast::<TokioIo<Timed>>() {
        Ok(parts) => return Ok((parts.io.into_inner().into_inner(), parts.read_buf)),
        Err(upgraded) => upgraded,
    };
    // hyper as a program sets it up by hand.
    let upgraded = match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) => return Ok((parts.io.into_inner(), parts.read_buf)),
        Err(upgraded) => upgraded,
    };
    // `axum::serve` goes through hyper-util's connection, which wraps the stream once more.
    let parts = auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded)?;
    Ok((parts.io.into_inner(), parts.read_buf))
}

impl Transport {
    /// Ready when a read may bring something; a boxed stream cannot tell, and always is.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_read_ready(cx),
            Self::Boxed(_) => Poll::Ready(Ok(())),
            #[cfg(all(test, feature = "compression"))]
            Self::Script(_) => Poll::Ready(Ok(())),
            Self::Gone => gone(),
        }
    }
}

impl Transport {
    /// Closes the stream, and does not try any longer to get across what was written.
    pub(crate) fn cut(&mut self) {
        if let Self::Tcp(stream) = self {
            // Where the option is refused the system tries for a while, as it would without.
            let _ = stream.set_zero_linger();
        }
        *self = Self::Gone;
    }
}

fn gone<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Boxed(stream) => Pin::new(stream).poll_read(cx, buf),
            #[cfg(all(test, feature = "compression"))]
            Self::Script(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Gone => gone(),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Boxed(stream) => Pin::new(stream).poll_write(cx, buf),
            #[cfg(all(test, feature = "compression"))]
            Self::Script(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Gone => gone(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Tcp(stream) => return Pin::new(stream).poll_write_vectored(cx, bufs),
            #[cfg(all(test, feature = "compression"))]
            Self::Script(stream) => return Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Boxed(_) | Self::Gone => {}
        }
        let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| &**buf);
        self.poll_write(cx, first)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Boxed(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(all(test, feature = "compression"))]
            Self::Script(stream) => Pin::new(stream).poll_flush(cx),
            Self::Gone => gone(),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Boxed(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(all(test, feature = "compression"))]
            Self::Script(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Gone => gone(),
        }
    }
}
