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
use super::preface::Preface;
use super::socket::Socket;

/// A stream with a write timeout: if it accepts no bytes for that long, the write fails and the stream is reset.
pub(crate) struct Timed {
    socket: Socket,
    progress: Arc<Progress>,
    /// `None`: no timeout.
    write_timeout: Option<Duration>,
    /// Set while the stream accepts no bytes.
    stalled: Option<Pin<Box<Sleep>>>,
    preface: Preface,
}

impl Timed {
    pub(crate) fn new(socket: Socket, progress: Arc<Progress>, write_timeout: Option<Duration>) -> Self {
        Self { socket, progress, write_timeout, stalled: None, preface: Preface::default() }
    }

    pub(super) fn into_inner(self) -> Socket {
        self.socket
    }

    fn in_time(
        &mut self,
        cx: &mut Context<'_>,
        mut written: Poll<io::Result<usize>>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if written.is_pending()
            && let Some(after) = self.late(cx)
        {
            // A server that was held up may not have noticed that there is room again, so the system itself is asked.
            written = Poll::Ready(match self.socket.write_now(bufs) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.socket.discard_on_close();
                    let what = format!("the client accepted no data for {after:?}");
                    Err(io::Error::new(io::ErrorKind::TimedOut, what))
                }
                written => written,
            });
        }
        if written.is_ready() {
            self.stalled = None;
        }
        self.progress.set_stalled(written.is_pending());
        written
    }

    /// Returns the write timeout once the stream has accepted no bytes for that long.
    fn late(&mut self, cx: &mut Context<'_>) -> Option<Duration> {
        let after = self.write_timeout?;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(after)));
        stalled.as_mut().poll(cx).is_ready().then_some(after)
    }
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(cx, buf);
        if read.is_pending() {
            self.progress.read_nothing(|| self.socket.has_unread());
        } else if buf.filled().len() > before {
            self.progress.was_read();
        }
        self.preface.hold_back(buf, before);
        read
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.in_time(cx, written, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.in_time(cx, written, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use tokio::runtime::Builder;
    use tokio::time::{Instant, sleep_until};

    use super::*;

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
        let mut timed = Timed::new(socket, progress.clone(), None);
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
        let mut timed = Timed::new(socket, progress.clone(), None);
        assert!(poll_read(&mut timed).is_pending());
        assert!(!progress.is_over(), "it is read once more");
        assert!(poll_read(&mut timed).is_pending());
        assert!(progress.is_over(), "nothing came");
        client.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        assert!(poll_read(&mut timed).is_pending());
        assert!(!progress.is_over(), "the runtime has not noticed what came");
    }

    #[tokio::test]
    async fn a_client_that_has_read_what_the_runtime_has_not_noticed_is_in_time() {
        const AFTER: Duration = Duration::from_secs(60);

        let (mut client, socket) = pair();
        let mut timed = Timed::new(socket, Progress::new(), Some(AFTER));
        let mut task = Context::from_waker(std::task::Waker::noop());
        let chunk = vec![0; 64 << 10];
        let mut sent = 0;
        while let Poll::Ready(written) = Pin::new(&mut timed).poll_write(&mut task, &chunk) {
            sent += written.unwrap();
            // A task has a budget of polls.
            tokio::task::yield_now().await;
        }
        // Without a look at the sockets, unlike `tokio::time::advance`.
        timed.stalled = Some(Box::pin(sleep_until(Instant::now() - Duration::from_millis(10))));
        let mut read = vec![0; sent];
        client.read_exact(&mut read).unwrap();
        let written = Pin::new(&mut timed).poll_write(&mut task, &chunk);
        assert!(matches!(written, Poll::Ready(Ok(1..))), "{written:?}");
        assert!(timed.stalled.is_none());
    }
}
