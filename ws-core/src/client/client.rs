//! A connected client.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::driver::{Driver, Socket};
use super::error::{End, Error};
use super::inbox;
use super::patience::patiently;
use super::sender::Sender;
use crate::close::{Close, CloseCode, Reason};
use crate::message::Message;

/// How long [`Client::close`] waits for the server's close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// A WebSocket connection to a server.
///
/// A task of its own answers pings and reads ahead, up to 1 MiB (or one message, if that is larger); then the server has
/// to wait until you receive. Dropping the client cuts the connection without a close frame; use
/// [`close`](Self::close) to end it in an orderly way.
///
/// After the connection has ended, messages that arrived before are still returned; then every call returns the same
/// result.
pub struct Client {
    sender: Sender,
    inbox: inbox::Receiver,
    reading: watch::Sender<bool>,
    headers: HeaderMap,
}

impl Client {
    pub(super) fn new(socket: Socket, headers: HeaderMap, patience: Option<Duration>) -> Self {
        let end = Arc::new(OnceLock::new());
        let (sender, outgoing) = Sender::new(Arc::clone(&end), patience);
        let (arrived, inbox) = inbox::channel();
        let (reading, is_reading) = watch::channel(true);
        let driver = Driver { outgoing, inbox: arrived, reading: is_reading, end };
        tokio::spawn(driver.run(socket));
        Self { sender, inbox, reading, headers }
    }

    /// The headers of the server's 101 response.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The subprotocol that the server selected.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()
    }

    /// Returns a handle that sends on this connection from another task.
    #[must_use]
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// Sends `message`, and returns when it was written; see [`Sender::send`].
    ///
    /// # Errors
    /// As [`Sender::send`].
    ///
    /// # Cancel safety
    /// As [`Sender::send`].
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), Error> {
        self.sender.send(message).await
    }

    /// Sends `value` as JSON in a text message.
    ///
    /// # Errors
    /// As [`Sender::send_json`].
    ///
    /// # Cancel safety
    /// As [`Sender::send`].
    pub async fn send_json<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        self.sender.send_json(value).await
    }

    /// Sends a ping with a payload of at most 125 bytes.
    ///
    /// # Errors
    /// As [`Sender::ping`].
    ///
    /// # Cancel safety
    /// As [`Sender::send`].
    pub async fn ping(&self, payload: impl Into<Bytes>) -> Result<(), Error> {
        self.sender.ping(payload).await
    }

    /// Returns the next text, binary or pong message, or `None` after the server's close frame.
    ///
    /// [`closed`](Self::closed) then returns the code and reason. Pings are skipped; they are answered already.
    ///
    /// # Errors
    /// [`Error::Lost`], [`Error::TooLarge`] or [`Error::Protocol`] if the connection ends without a close frame.
    ///
    /// # Cancel safety
    /// If you drop the future, no message is lost.
    pub async fn recv(&mut self) -> Result<Option<Message>, Error> {
        let waiting_for = "a message";
        match self.next(waiting_for, |message| !matches!(message, Message::Ping(_))).await {
            Ok(message) => Ok(Some(message)),
            Err(Error::Closed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the next message, which must be text. Pings and pongs are skipped.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if a binary message comes, [`Error::Closed`] if the server closes, otherwise as
    /// [`recv`](Self::recv).
    ///
    /// # Cancel safety
    /// As [`recv`](Self::recv).
    pub async fn text(&mut self) -> Result<String, Error> {
        match self.next("a text message", is_data).await? {
            Message::Text(text) => Ok(text.into()),
            received => Err(Error::Unexpected { waiting_for: "a text message", received }),
        }
    }

    /// Returns the next message, which must be binary. Pings and pongs are skipped.
    ///
    /// # Errors
    /// As [`text`](Self::text), for a text message.
    ///
    /// # Cancel safety
    /// As [`recv`](Self::recv).
    pub async fn binary(&mut self) -> Result<Bytes, Error> {
        match self.next("a binary message", is_data).await? {
            Message::Binary(bytes) => Ok(bytes),
            received => Err(Error::Unexpected { waiting_for: "a binary message", received }),
        }
    }

    /// Returns the next message, which must be text with JSON of type `T`. Pings and pongs are skipped.
    ///
    /// # Errors
    /// [`Error::Json`] if it is not such JSON, otherwise as [`text`](Self::text).
    ///
    /// # Cancel safety
    /// As [`recv`](Self::recv).
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        Ok(serde_json::from_str(&self.text().await?)?)
    }

    /// Returns the payload of the next message, which must be a ping. It is answered already.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if another message comes first, otherwise as [`text`](Self::text).
    ///
    /// # Cancel safety
    /// As [`recv`](Self::recv).
    pub async fn recv_ping(&mut self) -> Result<Bytes, Error> {
        match self.next("a ping", |_| true).await? {
            Message::Ping(payload) => Ok(payload.into_bytes()),
            received => Err(Error::Unexpected { waiting_for: "a ping", received }),
        }
    }

    /// Returns the payload of the next message, which must be a pong.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if another message comes first, otherwise as [`text`](Self::text).
    ///
    /// # Cancel safety
    /// As [`recv`](Self::recv).
    pub async fn recv_pong(&mut self) -> Result<Bytes, Error> {
        match self.next("a pong", |_| true).await? {
            Message::Pong(payload) => Ok(payload.into_bytes()),
            received => Err(Error::Unexpected { waiting_for: "a pong", received }),
        }
    }

    /// Waits for the server's close frame, and returns its code and reason; `None` if it has no code. Pings and pongs
    /// are skipped.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if a text or binary message comes first, otherwise as [`recv`](Self::recv).
    ///
    /// # Cancel safety
    /// As [`recv`](Self::recv).
    pub async fn closed(&mut self) -> Result<Option<(u16, String)>, Error> {
        let waiting_for = "a close frame";
        match self.next(waiting_for, is_data).await {
            Ok(received) => Err(Error::Unexpected { waiting_for, received }),
            Err(Error::Closed { close, .. }) => Ok(close),
            Err(error) => Err(error),
        }
    }

    /// Performs the closing handshake (RFC 6455 section 7.1.2): sends a close frame, waits for the server's, and returns
    /// its code and reason; `None` if it has no code.
    ///
    /// Messages that arrive before the server's close frame are dropped. Returns at once if the connection is closed
    /// already. To receive until the end instead, send a [`Close`], and [`recv`](Self::recv) until `None`.
    ///
    /// # Errors
    /// [`Error::Timeout`] if the server's close frame does not come within 10 s; drop the client then. Otherwise as
    /// [`recv`](Self::recv).
    ///
    /// # Cancel safety
    /// If you drop the future, the close frame may have been sent. Call `close` again to wait for the answer.
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
            match self.next(waiting_for, |_| false).await {
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

    /// Stops reading from the connection, as if the network failed: the server's pings stay unanswered, and soon it
    /// cannot write.
    pub fn stop_reading(&mut self) {
        self.reading.send_replace(false);
    }

    /// Reads again, after [`stop_reading`](Self::stop_reading).
    pub fn resume_reading(&mut self) {
        self.reading.send_replace(true);
    }

    /// Waits for `duration` on the runtime's clock, and checks that neither a message nor the end comes. Pings and pongs
    /// are skipped.
    ///
    /// # Errors
    /// [`Error::Unexpected`] with the message that came, or why the connection ended.
    ///
    /// # Cancel safety
    /// As [`recv`](Self::recv).
    pub async fn expect_no_message(&mut self, duration: Duration) -> Result<(), Error> {
        let waiting_for = "no message";
        match tokio::time::timeout(duration, self.next_within(None, waiting_for, is_data)).await {
            Err(_) => Ok(()),
            Ok(Ok(received)) => Err(Error::Unexpected { waiting_for, received }),
            Ok(Err(error)) => Err(error),
        }
    }

    async fn next(
        &mut self,
        waiting_for: &'static str,
        accepts: impl Fn(&Message) -> bool,
    ) -> Result<Message, Error> {
        self.next_within(self.sender.patience(), waiting_for, accepts).await
    }

    /// The next message that `accepts` takes; the others are dropped. It is one wait, however many are dropped: on a
    /// paused clock a heartbeat never ends.
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
