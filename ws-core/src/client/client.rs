//! A connected client.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::convert;
use super::driver::{Driver, Socket};
use super::error::{End, Error};
use super::inbox;
use super::patience::patiently;
use super::sender::Sender;
use crate::message::Message;
use crate::message::{Close, CloseCode, Reason};

/// How long [`Client::close`] waits for the server's close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

#[doc = include_str!("docs/client.md")]
pub struct Client {
    sender: Sender,
    inbox: inbox::Receiver,
    reading: watch::Sender<bool>,
    headers: HeaderMap,
    /// A message was sent in part.
    in_message: bool,
}

impl Client {
    pub(super) fn new(socket: Socket, headers: HeaderMap, patience: Option<Duration>) -> Self {
        let end = Arc::new(OnceLock::new());
        let (sender, outgoing) = Sender::new(Arc::clone(&end), patience);
        let (arrived, inbox) = inbox::channel();
        let (reading, is_reading) = watch::channel(true);
        let driver = Driver { outgoing, inbox: arrived, reading: is_reading, end };
        tokio::spawn(driver.run(socket));
        Self { sender, inbox, reading, headers, in_message: false }
    }

    /// Returns the headers of the server's 101 response.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the subprotocol that the server selected, or `None` if it selected none.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()
    }

    /// Returns a handle that sends on this connection from other tasks.
    #[must_use]
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// Sends `message`, and returns once it is written to the connection. See [`Sender::send`].
    ///
    /// # Errors
    /// The same as for [`Sender::send`].
    ///
    /// # Cancel safety
    /// The same as for [`Sender::send`].
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), Error> {
        self.sender.send(message).await
    }

    /// Sends a part of a text or binary message as one frame, and returns once it is written to the connection. The first
    /// part decides the kind of the message. Complete the message with [`send_last_part`](Self::send_last_part).
    ///
    /// So a large message need not be in memory as a whole, and in a test you see how a handler treats a message that
    /// [arrives in parts](crate::MessageStream). Until the last part is sent, send nothing else but pings and a close: the
    /// server would close the connection with 1002.
    ///
    /// ```no_run
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ws_core::client::Error> {
    /// let mut client = ws_core::client::connect("ws://127.0.0.1:8080/lines").await?;
    /// client.send_part("one\n").await?;
    /// client.send_part("two\n").await?;
    /// client.send_last_part("three").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The same as for [`Sender::send`].
    ///
    /// # Cancel safety
    /// If you drop the future, the part may be sent or not: close the connection then.
    pub async fn send_part(&mut self, part: impl Into<Message>) -> Result<(), Error> {
        self.send_frame(part.into(), false).await
    }

    /// Sends the last part of a message; see [`send_part`](Self::send_part). Without a part before it, this is the whole
    /// message.
    ///
    /// # Errors
    /// The same as for [`Sender::send`].
    ///
    /// # Cancel safety
    /// The same as for [`send_part`](Self::send_part).
    pub async fn send_last_part(&mut self, part: impl Into<Message>) -> Result<(), Error> {
        self.send_frame(part.into(), true).await
    }

    async fn send_frame(&mut self, part: Message, is_last: bool) -> Result<(), Error> {
        let is_first = !self.in_message;
        if is_data(&part) {
            self.in_message = !is_last;
        }
        self.sender.send_frame(convert::part(part, is_first, is_last)).await
    }

    /// Sends `value` as JSON in a text message.
    ///
    /// # Errors
    /// The same as for [`Sender::send_json`].
    ///
    /// # Cancel safety
    /// The same as for [`Sender::send`].
    pub async fn send_json<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        self.sender.send_json(value).await
    }

    /// Sends a ping with a payload of at most 125 bytes (RFC 6455 section 5.5.2). See [`Sender::ping`].
    ///
    /// # Errors
    /// The same as for [`Sender::ping`].
    ///
    /// # Cancel safety
    /// The same as for [`Sender::send`].
    pub async fn ping(&self, payload: impl Into<Bytes>) -> Result<(), Error> {
        self.sender.ping(payload).await
    }

    /// Receives the next text, binary or pong message. Returns `None` after the server's close frame.
    ///
    /// [`closed`](Self::closed) then returns the frame's code and reason. Pings are skipped; the client's task answers
    /// them.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::TooLarge`] or [`Error::Protocol`] if the connection ended without a close frame.
    ///
    /// # Cancel safety
    /// If you drop the future, no message is lost.
    pub async fn recv(&mut self) -> Result<Option<Message>, Error> {
        let waiting_for = "a message";
        match self.wait(waiting_for, |message| !matches!(message, Message::Ping(_))).await {
            Ok(message) => Ok(Some(message)),
            Err(Error::Closed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Receives the next message of any kind: text, binary, ping or pong. The client's task answers pings.
    ///
    /// If the read-ahead has no room for a ping, the ping is answered but not returned.
    ///
    /// # Errors
    /// [`Error::Closed`] if the server closed the connection. Otherwise the same as for [`recv`](Self::recv).
    ///
    /// # Cancel safety
    /// The same as for [`recv`](Self::recv).
    pub async fn next(&mut self) -> Result<Message, Error> {
        self.wait("a message", |_| true).await
    }

    /// Receives the next message, which must be text. Pings and pongs are skipped.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if the message is binary, and [`Error::Closed`] if the server closed the connection.
    /// Otherwise the same as for [`recv`](Self::recv).
    ///
    /// # Cancel safety
    /// The same as for [`recv`](Self::recv).
    pub async fn text(&mut self) -> Result<String, Error> {
        match self.wait("a text message", is_data).await? {
            Message::Text(text) => Ok(text.into()),
            received => Err(Error::Unexpected { waiting_for: "a text message", received }),
        }
    }

    /// Receives the next message, which must be binary. Pings and pongs are skipped.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if the message is text. Otherwise the same as for [`text`](Self::text).
    ///
    /// # Cancel safety
    /// The same as for [`recv`](Self::recv).
    pub async fn binary(&mut self) -> Result<Bytes, Error> {
        match self.wait("a binary message", is_data).await? {
            Message::Binary(bytes) => Ok(bytes),
            received => Err(Error::Unexpected { waiting_for: "a binary message", received }),
        }
    }

    /// Receives the next message, which must be JSON of type `T` in a text message. Pings and pongs are skipped.
    ///
    /// # Errors
    /// [`Error::Json`] if the text is not JSON of type `T`; the message is consumed. Otherwise the same as for
    /// [`text`](Self::text).
    ///
    /// # Cancel safety
    /// The same as for [`recv`](Self::recv).
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        Ok(serde_json::from_str(&self.text().await?)?)
    }

    /// Receives the next message, which must be a ping, and returns its payload. The client's task answers it.
    ///
    /// If the read-ahead has no room for a ping, the ping is answered but not returned.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if another message arrives first. Otherwise the same as for [`text`](Self::text).
    ///
    /// # Cancel safety
    /// The same as for [`recv`](Self::recv).
    pub async fn recv_ping(&mut self) -> Result<Bytes, Error> {
        match self.wait("a ping", |_| true).await? {
            Message::Ping(payload) => Ok(payload.into_bytes()),
            received => Err(Error::Unexpected { waiting_for: "a ping", received }),
        }
    }

    /// Receives the next message, which must be a pong, and returns its payload.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if another message arrives first. Otherwise the same as for [`text`](Self::text).
    ///
    /// # Cancel safety
    /// The same as for [`recv`](Self::recv).
    pub async fn recv_pong(&mut self) -> Result<Bytes, Error> {
        match self.wait("a pong", |_| true).await? {
            Message::Pong(payload) => Ok(payload.into_bytes()),
            received => Err(Error::Unexpected { waiting_for: "a pong", received }),
        }
    }

    /// Waits for the server's close frame, and returns its code and reason, or `None` if the frame has no code. Pings
    /// and pongs are skipped.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if a text or binary message arrives first. Otherwise the same as for [`recv`](Self::recv).
    ///
    /// # Cancel safety
    /// The same as for [`recv`](Self::recv).
    pub async fn closed(&mut self) -> Result<Option<(u16, String)>, Error> {
        let waiting_for = "a close frame";
        match self.wait(waiting_for, is_data).await {
            Ok(received) => Err(Error::Unexpected { waiting_for, received }),
            Err(Error::Closed { close, .. }) => Ok(close),
            Err(error) => Err(error),
        }
    }

    /// Performs the closing handshake (RFC 6455 section 7.1.2): sends a close frame, waits for the server's, and
    /// returns its code and reason, or `None` if the frame has no code.
    ///
    /// Messages that arrive before the server's close frame are dropped. If the server has already closed the
    /// connection, this method returns at once. To receive until the end instead, send a [`Close`] and call
    /// [`recv`](Self::recv) until it returns `None`.
    ///
    /// # Errors
    /// [`Error::Timeout`] if the server's close frame does not arrive within 10 s; drop the client then. Otherwise the
    /// same as for [`recv`](Self::recv).
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with time enabled.
    ///
    /// # Cancel safety
    /// If you drop the future, the close frame may already be sent, and messages may already be dropped. Call `close`
    /// again to wait for the server's close frame.
    pub async fn close(
        &mut self,
        code: CloseCode,
        reason: impl Into<Reason>,
    ) -> Result<Option<(u16, String)>, Error> {
        let waiting_for = "the server's close frame";
        let close = Close::new(code, reason);
        let patient = self.sender.patience().is_some();
        let closing = async {
            match self.send(close).await {
                Ok(()) | Err(Error::SendAfterClose | Error::Closed { .. }) => {}
                Err(error) => return Err(error),
            }
            match self.wait(waiting_for, |_| false).await {
                Err(Error::Closed { close, .. }) => Ok(close),
                Err(error) => Err(error),
                Ok(_) => unreachable!("no message is accepted"),
            }
        };
        if patient {
            return closing.await;
        }
        tokio::time::timeout(CLOSE_TIMEOUT, closing)
            .await
            .unwrap_or(Err(Error::Timeout { waiting_for, seconds: CLOSE_TIMEOUT.as_secs() }))
    }

    /// Stops reading from the connection, as if the network had failed: the server's pings are not answered, and once
    /// the buffers in between are full, the server cannot write. Messages that were read before are still returned.
    pub fn stop_reading(&mut self) {
        self.reading.send_replace(false);
    }

    /// Resumes reading after [`stop_reading`](Self::stop_reading).
    pub fn resume_reading(&mut self) {
        self.reading.send_replace(true);
    }

    /// Waits for `duration` on the runtime's clock, and checks that no message arrives and that the connection stays
    /// open. Pings and pongs are skipped.
    ///
    /// # Errors
    /// [`Error::Unexpected`] with the message that arrived, which is consumed. If the connection ended,
    /// [`Error::Closed`], or the same as for [`recv`](Self::recv).
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with time enabled.
    ///
    /// # Cancel safety
    /// The same as for [`recv`](Self::recv).
    pub async fn expect_no_message(&mut self, duration: Duration) -> Result<(), Error> {
        let waiting_for = "no message";
        match tokio::time::timeout(duration, self.next_within(None, waiting_for, is_data)).await {
            Err(_) => Ok(()),
            Ok(Ok(received)) => Err(Error::Unexpected { waiting_for, received }),
            Ok(Err(error)) => Err(error),
        }
    }

    async fn wait(
        &mut self,
        waiting_for: &'static str,
        accepts: impl Fn(&Message) -> bool,
    ) -> Result<Message, Error> {
        self.next_within(self.sender.patience(), waiting_for, accepts).await
    }

    /// Returns the next message that `accepts`, and drops the messages before it. `patience` limits the whole wait, not
    /// the wait for each message: on a paused clock, heartbeats would otherwise extend it forever.
    async fn next_within(
        &mut self,
        patience: Option<Duration>,
        waiting_for: &'static str,
        accepts: impl Fn(&Message) -> bool,
    ) -> Result<Message, Error> {
        let next = async {
            loop {
                match self.inbox.recv().await {
                    Some(message) if !accepts(&message) => {}
                    next => return next,
                }
            }
        };
        patiently(patience, waiting_for, next).await?.ok_or_else(|| self.sender.ended(waiting_for))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end: Option<End> = self.sender.end();
        f.debug_struct("Client").field("headers", &self.headers).field("end", &end).finish_non_exhaustive()
    }
}

const fn is_data(message: &Message) -> bool {
    matches!(message, Message::Text(_) | Message::Binary(_))
}
