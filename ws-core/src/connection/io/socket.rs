//! The stream of an accepted connection: TCP, a Unix socket or TLS.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use super::transport::Transport;

/// An accepted stream, registered with a runtime.
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
    /// TLS, after its handshake.
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "TLS makes it"))]
    Secure(Box<dyn Transport>),
}

/// Calls the same method of each stream.
macro_rules! either {
    ($socket:expr, $stream:ident => $call:expr) => {
        match $socket {
            Socket::Tcp($stream) => $call,
            #[cfg(unix)]
            Socket::Unix($stream) => $call,
            Socket::Secure($stream) => $call,
        }
    };
}

impl Socket {
    /// Whether the system holds bytes that were not read yet, or the end of the stream. Asks the system itself: the
    /// runtime may not have looked at its sockets for a while.
    pub(super) fn has_unread(&self) -> bool {
        let socket = match self {
            Self::Tcp(stream) => SockRef::from(stream),
            #[cfg(unix)]
            Self::Unix(stream) => SockRef::from(stream),
            Self::Secure(stream) => match stream.tcp() {
                Some(stream) => SockRef::from(stream),
                None => return false,
            },
        };
        socket.peek(&mut [MaybeUninit::uninit()]).is_ok()
    }

    /// Like `has_unread`, for a stream during the TLS handshake.
    #[cfg(feature = "tls")]
    pub(crate) fn tcp_has_unread(stream: &TcpStream) -> bool {
        SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]).is_ok()
    }

    /// Discards written bytes that are not delivered yet, once the stream is dropped.
    pub(super) fn discard_on_close(&self) {
        let tcp = match self {
            Self::Tcp(stream) => Some(stream),
            #[cfg(unix)]
            Self::Unix(_) => None,
            Self::Secure(stream) => stream.tcp(),
        };
        if let Some(stream) = tcp {
            // If the option cannot be set, the system tries to deliver for a while, as it does by default.
            let _ = stream.set_zero_linger();
        }
    }

    /// Whether the stream has a buffer of its own, so that a write may succeed before the system accepts its bytes.
    pub(super) const fn has_buffer(&self) -> bool {
        matches!(self, Self::Secure(_))
    }

    /// Returns whether the system has accepted bytes since the last call, if the stream has a buffer of its own.
    pub(super) fn take_accepted(&mut self) -> Option<bool> {
        if let Self::Secure(stream) = self { stream.take_accepted() } else { None }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(&mut *self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        either!(&mut *self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(&mut *self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        either!(self, stream => stream.is_write_vectored())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(&mut *self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(&mut *self, stream => Pin::new(stream).poll_shutdown(cx))
    }
}
