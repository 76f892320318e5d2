//! The stream while hyper owns it: it records the connection's progress, and has a write timeout for clients that do
//! not read the response.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::phase::Progress;
#[cfg(feature = "http2")]
use super::preface::Beginning;
use super::preface::Preface;
use super::socket::Socket;
use crate::shared::load::Placed;

/// A stream with a write timeout: if it accepts no bytes for that long, the write fails and the stream is reset.
pub(crate) struct Timed {
    socket: Socket,
    placed: Placed,
    progress: Arc<Progress>,
    /// `None`: no timeout.
    write_timeout: Option<Duration>,
    /// Set while the stream accepts no bytes.
    stalled: Option<Pin<Box<Sleep>>>,
    preface: Preface,
    /// The bytes that showed which protocol the client speaks, until they are read.
    #[cfg(feature = "http2")]
    beginning: Option<Box<Beginning>>,
}

impl Timed {
    pub(crate) fn new(
        socket: Socket,
        placed: Placed,
        progress: Arc<Progress>,
        write_timeout: Option<Duration>,
    ) -> Self {
        Self {
            socket,
            placed,
            progress,
            write_timeout,
            stalled: None,
            preface: Preface::default(),
            #[cfg(feature = "http2")]
            beginning: None,
        }
    }

    pub(super) fn into_inner(self) -> (Socket, Placed) {
        (self.socket, self.placed)
    }

    /// Lets the preface of HTTP/2 pass.
    #[cfg(feature = "http2")]
    pub(crate) fn pass_preface(&mut self) {
        self.preface.pass();
    }

    /// Reads the beginning of the stream, until it is known whether that is the preface of HTTP/2. It is read again
    /// afterwards.
    #[cfg(feature = "http2")]
    pub(crate) fn poll_begins_with_preface(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut beginning = self.beginning.take().unwrap_or_default();
        let found = loop {
            if let Some(found) = beginning.is_preface() {
                break Poll::Ready(found);
            }
            let mut buf = beginning.free();
            match self.poll_read_socket(cx, &mut buf) {
                Poll::Pending => break Poll::Pending,
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    let count = buf.filled().len();
                    beginning.filled(count);
                }
                // The next read returns the end, or the error, again.
                Poll::Ready(_) => break Poll::Ready(false),
            }
        };
        self.beginning = Some(beginning);
        found
    }

    fn poll_read_socket(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(cx, buf);
        if read.is_pending() {
            self.progress.read_nothing(|| self.socket.has_unread());
        } else if buf.filled().len() > before {
            self.progress.was_read();
        }
        read
    }

    fn in_time<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.progress.set_stalled(written.is_pending());
        if self.socket.take_accepted().unwrap_or(written.is_ready()) {
            self.stalled = None;
        }
        if written.is_pending()
            && let Some(after) = self.write_timeout
            && self.stalled.get_or_insert_with(|| Box::pin(sleep(after))).as_mut().poll(cx).is_ready()
        {
            self.socket.discard_on_close();
            self.progress.set_timed_out();
            let what = format!("the client accepted no data for {after:?}");
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, what)));
        }
        written
    }

    /// Like [`in_time`](Self::in_time), where being ready means that the system has everything.
    fn flushed_in_time(
        &mut self,
        cx: &mut Context<'_>,
        flushed: Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        if flushed.is_ready() {
            self.stalled = None;
        }
        self.in_time(cx, flushed)
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        #[cfg(feature = "http2")]
        let read = match &mut self.beginning {
            Some(beginning) => {
                if beginning.read_again(buf) {
                    self.beginning = None;
                }
                Poll::Ready(Ok(()))
            }
            None => self.poll_read_socket(cx, buf),
        };
        #[cfg(not(feature = "http2"))]
        let read = self.poll_read_socket(cx, buf);
        if self.preface.hold_back(buf, before) {
            self.progress.began_with_tls();
        }
        read
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.in_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.socket).poll_flush(cx);
        // Without a buffer it is always ready, which says nothing about writes that are pending.
        if self.socket.has_buffer() { self.flushed_in_time(cx, flushed) } else { flushed }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        #[cfg(feature = "http2")]
        self.progress.set_shut();
        let ended = Pin::new(&mut self.socket).poll_shutdown(cx);
        if self.socket.has_buffer() { self.flushed_in_time(cx, ended) } else { ended }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};

    use tokio::runtime::Builder;

    use super::*;
    use crate::shared::load::Load;

    fn poll_read(timed: &mut Timed) -> Poll<io::Result<()>> {
        let mut bytes = [0; 64];
        let mut task = Context::from_waker(std::task::Waker::noop());
        Pin::new(timed).poll_read(&mut task, &mut ReadBuf::new(&mut bytes))
    }

    /// Returns both ends of a connection. The server's end is registered with the current runtime.
    fn pair() -> (TcpStream, Socket) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        accepted.set_nonblocking(true).unwrap();
        (client, Socket::Tcp(tokio::net::TcpStream::from_std(accepted).unwrap()))
    }

    /// A runtime that is behind has not looked at its sockets.
    #[test]
    fn a_request_that_the_runtime_has_not_noticed_is_found() {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build().unwrap();
        let _runtime = runtime.enter();
        let (mut client, socket) = pair();
        let progress = Progress::new();
        let mut timed = Timed::new(socket, Arc::<Load>::default().place(), progress.clone(), None);
        for unread in [false, true] {
            progress.ask();
            assert!(poll_read(&mut timed).is_pending());
            assert_eq!(progress.take_asked().0, unread);
            client.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        }
        assert!(!progress.is_asked());
    }

    #[test]
    fn a_late_connection_ends_only_after_a_read_that_found_nothing() {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build().unwrap();
        let _runtime = runtime.enter();
        let (mut client, socket) = pair();
        let progress = Progress::new();
        let mut timed = Timed::new(socket, Arc::<Load>::default().place(), progress.clone(), None);
        assert!(poll_read(&mut timed).is_pending());
        assert!(!progress.is_over(), "it is read once more");
        assert!(poll_read(&mut timed).is_pending());
        assert!(progress.is_over(), "nothing came");
        client.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        assert!(poll_read(&mut timed).is_pending());
        assert!(!progress.is_over(), "the runtime has not noticed what came");
    }
}
