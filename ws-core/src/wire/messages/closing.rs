//! Closing: our close frame, the client's, the end of our half of the stream, the client's read to its end (RFC 6455
//! 7.1.1).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::SinkExt;
use futures_util::future::poll_fn;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

use super::{Input, Messages};
use crate::close::Close;
use crate::wire::convert::close_frame;

impl Messages {
    /// Ends the connection: our close frame if there is one to send, the client's awaited, then the stream closed in
    /// the order of RFC 6455 7.1.1. Bounded by the time that the close handshake has; nothing is left to do after a
    /// [`cut`](Self::cut). Whether the client kept to that time.
    pub(crate) async fn close(&mut self, close: Option<Close>) -> bool {
        // Nothing is lost by giving up here: the connection has ended, and its handler knows why.
        self.cut || timeout(self.close_timeout, self.close_handshake(close)).await.is_ok()
    }

    /// Ends the stream now, with what was not written and without a close handshake.
    pub(crate) fn cut(&mut self) {
        self.cut = true;
        self.codec.frames_mut().transport().cut();
    }

    async fn close_handshake(&mut self, close: Option<Close>) -> io::Result<()> {
        if let Some(close) = close {
            // What is left of a message in fragments stays unsent: a close frame may stand between fragments.
            let _ = self.codec.awake().start_send_unpin(close_frame(Some(&close)));
        }
        let flushed = poll_fn(|cx| {
            let flushed = self.codec.awake().poll_flush_unpin(cx);
            // The client may take nothing before all that it sends is out.
            if flushed.is_pending() && self.poll_answer(cx).is_ready() {
                let _ = self.poll_end(cx);
            }
            flushed
        })
        .await;
        if flushed.is_ok() {
            poll_fn(|cx| self.poll_answer(cx)).await;
        }
        // The client reads our close frame before the end of the stream, and never a reset because we left unread
        // what it sent: its side is read to the end.
        self.codec.frames_mut().transport().shutdown().await?;
        poll_fn(|cx| self.poll_end(cx)).await
    }

    /// Drops what comes up to the client's close frame.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.input != Input::Ended {
            if !matches!(ready!(self.codec.poll_next(cx)), Some(Ok(_))) {
                self.input = Input::Ended;
            }
        }
        Poll::Ready(())
    }

    /// Drops what comes up to the end of the stream.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // On the stack of one poll: the connection's own future does not carry it.
        let mut scratch = [0; 1024];
        let mut scratch = ReadBuf::new(&mut scratch);
        let stream = self.codec.frames_mut().transport();
        loop {
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut scratch))?;
            if scratch.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            scratch.clear();
        }
    }
}
