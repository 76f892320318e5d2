//! The sending half of a client, for any number of tasks.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite;

use super::convert;
use super::driver::Outgoing;
use super::error::{End, Error};
use super::patience::patiently;
use crate::message::{ControlPayload, Message};

/// How many messages wait to be written. Further senders wait until there is room.
const QUEUE: usize = 16;

/// A handle that sends on a client's connection from any task. Clones send on the same connection.
///
/// The connection lives as long as its [`Client`](super::Client). After the client is dropped, every method returns
/// [`Error::Lost`].
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ws_core::client::Error> {
/// let mut client = ws_core::client::connect("ws://127.0.0.1:8080/echo").await?;
/// let sender = client.sender();
/// tokio::spawn(async move {
///     for number in 0.. {
///         if sender.send_json(&number).await.is_err() {
///             break;
///         }
///     }
/// });
/// while let Some(message) = client.recv().await? {
///     println!("{message:?}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Sender {
    outgoing: mpsc::Sender<Outgoing>,
    end: Arc<OnceLock<End>>,
    patience: Option<Duration>,
}

impl Sender {
    pub(super) fn new(
        end: Arc<OnceLock<End>>,
        patience: Option<Duration>,
    ) -> (Self, mpsc::Receiver<Outgoing>) {
        let (outgoing, queued) = mpsc::channel(QUEUE);
        (Self { outgoing, end, patience }, queued)
    }

    /// Sends `message`, and returns once it is written to the connection.
    ///
    /// If the server does not read, this method waits, which is how you notice backpressure. To give up after some
    /// time, wrap it in [`tokio::time::timeout`].
    ///
    /// A [`Close`](crate::Close) is sent like any other message, and this method does not wait for the server's close
    /// frame.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Lost`], [`Error::TooLarge`] or [`Error::Protocol`] if the connection has ended, and
    /// [`Error::SendAfterClose`] if a close frame was sent before.
    ///
    /// # Cancel safety
    /// If you drop the future, the message is sent either whole or not at all. The connection stays usable.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), Error> {
        self.send_frame(convert::to_tungstenite(message.into())).await
    }

    pub(super) async fn send_frame(&self, message: tungstenite::Message) -> Result<(), Error> {
        const WAITING_FOR: &str = "a message to be sent";
        let sending = async {
            let (written, outcome) = oneshot::channel();
            self.outgoing.send(Outgoing { message, written }).await.ok()?;
            outcome.await.ok()
        };
        match patiently(self.patience, WAITING_FOR, sending).await? {
            Some(Ok(())) => Ok(()),
            Some(Err(None)) => Err(Error::SendAfterClose),
            // The server's close frame explains a failed write, if it arrived.
            Some(Err(Some(kind))) => Err(self.end().unwrap_or(End::Lost(kind)).into_error(WAITING_FOR)),
            None => Err(self.ended(WAITING_FOR)),
        }
    }

    /// Sends `value` as JSON in a text message.
    ///
    /// # Errors
    /// [`Error::Json`] if `value` cannot be serialized as JSON. Otherwise the same as for [`send`](Self::send).
    ///
    /// # Cancel safety
    /// The same as for [`send`](Self::send).
    pub async fn send_json<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        let json = serde_json::to_string(value)?;
        self.send(json).await
    }

    /// Sends a ping with a payload of at most 125 bytes (RFC 6455 section 5.5.2). [`Client::recv`](super::Client::recv)
    /// and [`recv_pong`](super::Client::recv_pong) return the pong.
    ///
    /// # Errors
    /// [`Error::Ping`] if `payload` is longer than 125 bytes. Otherwise the same as for [`send`](Self::send).
    ///
    /// # Cancel safety
    /// The same as for [`send`](Self::send).
    pub async fn ping(&self, payload: impl Into<Bytes>) -> Result<(), Error> {
        let payload = ControlPayload::new(payload)?;
        self.send(Message::Ping(payload)).await
    }

    pub(super) fn patience(&self) -> Option<Duration> {
        self.patience
    }

    pub(super) fn end(&self) -> Option<End> {
        self.end.get().cloned()
    }

    /// Returns the error of a connection that has ended.
    pub(super) fn ended(&self, waiting_for: &'static str) -> Error {
        self.end().unwrap_or(End::Lost(io::ErrorKind::ConnectionAborted)).into_error(waiting_for)
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("end", &self.end.get()).finish_non_exhaustive()
    }
}
