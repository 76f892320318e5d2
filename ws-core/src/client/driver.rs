//! The task behind a client. It reads, writes and answers pings while the owner of the client does something else.

use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;

use super::convert::{self, Received};
use super::error::End;
use super::inbox;
use crate::message::Close;
use crate::message::Message;

pub(super) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// The time limit for sending the last close frame, and then again for the server to close its end.
const LINGER: Duration = Duration::from_secs(5);

/// The most messages that are written with one flush. Each sending task waits for its message, so there are at most as
/// many as tasks that send.
const BURST: usize = 64;

/// A message to write, and the channel for the result. `Err(None)`: a close frame was sent before the message.
pub(super) struct Outgoing {
    pub(super) message: tungstenite::Message,
    pub(super) written: oneshot::Sender<Result<(), Option<io::ErrorKind>>>,
}

/// The driver's ends of the channels to its client.
pub(super) struct Driver {
    pub(super) outgoing: mpsc::Receiver<Outgoing>,
    pub(super) inbox: inbox::Sender,
    pub(super) reading: watch::Receiver<bool>,
    pub(super) end: Arc<OnceLock<End>>,
}

impl Driver {
    /// Runs until the connection ends, or until the client is dropped, which ends the connection without a close frame.
    pub(super) async fn run(mut self, socket: Socket) {
        let (mut sink, mut stream) = socket.split();
        let end = {
            let read = pin!(read(&mut stream, &self.inbox, &mut self.reading));
            let write = pin!(write(&mut sink, &mut self.outgoing));
            match select(select(read, write), pin!(self.inbox.closed())).await {
                Either::Left((Either::Left((end, _)), _)) => {
                    // Set before the messages in progress are dropped: their senders read it then.
                    let _ = self.end.set(end.clone());
                    end
                }
                Either::Left((Either::Right(_), _)) | Either::Right(_) => return,
            }
        };
        if let End::Lost(_) = end {
            return;
        }
        // The program may exit as soon as it sees the end, so the close frame goes first.
        let _ = match convert::close_after(&end) {
            Some(code) => timeout(LINGER, sink.send(convert::close_frame(&Close::from(code)))).await,
            None => timeout(LINGER, sink.flush()).await,
        };
        drop(self);
        if let Ok(socket) = sink.reunite(stream) {
            let _ = timeout(LINGER, linger(socket)).await;
        }
    }
}

/// Reads messages into the inbox until the connection ends, and returns how it ended.
async fn read(
    stream: &mut SplitStream<Socket>,
    inbox: &inbox::Sender,
    reading: &mut watch::Receiver<bool>,
) -> End {
    loop {
        let next = {
            let stopped = pin!(reading.wait_for(|reading| !reading));
            match select(stopped, stream.next()).await {
                Either::Left(_) => None,
                Either::Right((next, _)) => Some(next),
            }
        };
        let Some(next) = next else {
            if reading.wait_for(|reading| *reading).await.is_err() {
                // The client was dropped, which ends `run`.
                std::future::pending::<()>().await;
            }
            continue;
        };
        match next {
            None => return End::Lost(io::ErrorKind::UnexpectedEof),
            Some(Err(error)) => return convert::read_failed(error),
            Some(Ok(message)) => match convert::from_tungstenite(message) {
                Received::Close(close) => return End::Closed(close),
                // tungstenite writes the pong with the next read, so this must not wait for room.
                Received::Message(ping @ Message::Ping(_)) => inbox.try_push(ping),
                Received::Message(message) => inbox.push(message).await,
            },
        }
    }
}

/// Writes messages until every sender is dropped.
async fn write(sink: &mut SplitSink<Socket, tungstenite::Message>, outgoing: &mut mpsc::Receiver<Outgoing>) {
    let mut burst = Vec::new();
    let mut fed = Vec::new();
    while outgoing.recv_many(&mut burst, BURST).await > 0 {
        for Outgoing { message, written } in burst.drain(..) {
            match sink.feed(message).await {
                Ok(()) => fed.push(written),
                Err(error) => {
                    let _ = written.send(Err(convert::write_failed(&error)));
                }
            }
        }
        let flushed = sink.flush().await.map_err(|error| convert::write_failed(&error));
        for written in fed.drain(..) {
            let _ = written.send(flushed);
        }
    }
}

/// Discards incoming bytes until the server closes its end. If the socket closed with bytes unread, the system would
/// reset the connection, and the server might lose the close frame.
async fn linger(mut socket: Socket) {
    let io = socket.get_mut();
    let mut discarded = [0; 4096];
    loop {
        let mut buffer = ReadBuf::new(&mut discarded);
        let read = std::future::poll_fn(|cx| Pin::new(&mut *io).poll_read(cx, &mut buffer)).await;
        if read.is_err() || buffer.filled().is_empty() {
            break;
        }
    }
    let _ = std::future::poll_fn(|cx| Pin::new(&mut *io).poll_shutdown(cx)).await;
}
