//! A WebSocket's stream within an HTTP/2 connection of this server.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

use super::phase::InUse;
use super::stream::Stream;
use super::transport::Transport;

/// hyper copies each write, and queues up to three. This is the largest frame that every client accepts (RFC 9113 4.2).
const LARGEST_WRITE: usize = 16 << 10;

/// The stream of a request, in the extensions of the request.
#[derive(Clone)]
pub(crate) struct Multiplexed(Arc<Mutex<Option<Held>>>);

struct Held {
    in_use: InUse,
    /// A message aborts the stream; the end of the channel means that the WebSocket is over.
    abort: oneshot::Sender<()>,
    sending: oneshot::Receiver<Infallible>,
}

impl Multiplexed {
    /// `in_use` keeps the HTTP/2 connection open. A message to `abort` resets the stream. `sending` ends when nothing more
    /// can be sent.
    pub(crate) fn new(
        in_use: InUse,
        abort: oneshot::Sender<()>,
        sending: oneshot::Receiver<Infallible>,
    ) -> Self {
        Self(Arc::new(Mutex::new(Some(Held { in_use, abort, sending }))))
    }

    /// Returns the stream of a connection.
    pub(in crate::connection) fn stream(&self, upgraded: Upgraded) -> Stream {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Stream::Boxed(match held {
            Some(Held { in_use, abort, sending }) => Box::new(Http2Stream {
                stream: TokioIo::new(upgraded),
                abort: Some(abort),
                sending: Some(sending),
                shut: false,
                _in_use: in_use,
            }),
            None => Box::new(TokioIo::new(upgraded)),
        })
    }
}

/// The fields are dropped in this order: the end of the channel comes after that of the stream.
struct Http2Stream {
    stream: TokioIo<Upgraded>,
    abort: Option<oneshot::Sender<()>>,
    /// Ends when nothing more can be sent. `None`: it has ended.
    sending: Option<oneshot::Receiver<Infallible>>,
    /// The server has ended its half.
    shut: bool,
    _in_use: InUse,
}

impl Transport for Http2Stream {
    fn poll_aborted(&mut self, task: &mut Context<'_>) -> Poll<()> {
        if let Some(sending) = &mut self.sending {
            let _ = ready!(Pin::new(sending).poll(task));
            self.sending = None;
        }
        if self.shut { Poll::Pending } else { Poll::Ready(()) }
    }

    fn abort(&mut self) {
        if let Some(abort) = self.abort.take() {
            let _ = abort.send(());
        }
    }
}

/// After any error of HTTP/2, the stream is gone.
fn gone(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::Other {
        io::Error::new(io::ErrorKind::ConnectionReset, error)
    } else {
        error
    }
}

impl AsyncRead for Http2Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(task, buf).map_err(gone)
    }
}

impl AsyncWrite for Http2Stream {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let buf = &buf[..buf.len().min(LARGEST_WRITE)];
        Pin::new(&mut self.stream).poll_write(task, buf).map_err(gone)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task).map_err(gone)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shut = true;
        Pin::new(&mut self.stream).poll_shutdown(task).map_err(gone)
    }
}
