//! The streams that a connection reads and writes through virtual calls: everything but plain TCP.

use std::task::{Context, Poll};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// A stream of bytes.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Send + Unpin {
    /// Returns the TCP stream below, if this server owns it.
    fn tcp(&self) -> Option<&TcpStream> {
        None
    }

    /// Returns whether the system has accepted bytes since the last call. `None`: a write that succeeds means just that,
    /// because the stream has no buffer of its own.
    fn take_accepted(&mut self) -> Option<bool> {
        None
    }

    /// Ready once the client has aborted the stream, even if bytes that came before are not read yet. Only some streams can
    /// find out: for others it is always pending.
    fn poll_aborted(&mut self, task: &mut Context<'_>) -> Poll<()> {
        let _ = task;
        Poll::Pending
    }

    /// Discards written bytes that are not delivered yet, once the stream is dropped.
    fn abort(&mut self) {
        if let Some(stream) = self.tcp() {
            // If the option cannot be set, the system tries to deliver for a while, as it does by default.
            let _ = stream.set_zero_linger();
        }
    }
}

/// A stream of a server that is not ours.
impl Transport for TokioIo<Upgraded> {}

#[cfg(unix)]
impl Transport for UnixStream {}

#[cfg(feature = "tls")]
impl Transport for crate::tls::Stream {
    fn tcp(&self) -> Option<&TcpStream> {
        Some(self.tcp())
    }

    fn take_accepted(&mut self) -> Option<bool> {
        Some(self.take_accepted())
    }
}
