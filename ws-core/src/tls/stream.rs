//! The stream of a connection over TLS.

use std::io::{self, IoSlice, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::tcp::Tcp;

/// A stream over TLS. On drop it sends `close_notify` if the system accepts it at once, so that the client can tell the
/// end from a connection that was cut.
pub(crate) struct Stream(TlsStream<Tcp>);

impl Stream {
    pub(super) const fn new(stream: TlsStream<Tcp>) -> Self {
        Self(stream)
    }

    /// Returns the TCP stream below.
    pub(crate) fn tcp(&self) -> &TcpStream {
        &self.0.get_ref().0.stream
    }

    /// Returns whether the system has accepted bytes since the last call.
    pub(crate) fn take_accepted(&mut self) -> bool {
        std::mem::take(&mut self.0.get_mut().0.accepted)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let (tcp, session) = self.0.get_mut();
        session.send_close_notify();
        let _ = session.write_tls(&mut Now(&tcp.stream));
    }
}

/// Writes what the system accepts at once.
struct Now<'t>(&'t TcpStream);

impl Write for Now<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(task, buf)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(task, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(task, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(task)
    }
}
