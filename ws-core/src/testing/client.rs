//! A client as a test holds it.

use std::sync::mpsc as thread_mpsc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, header};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::Result;
use super::convert::{self, from_tungstenite, to_tungstenite};
use super::error::Error;
use super::pump::{INBOX, Order, pump};
use crate::close::{Close, CloseCode, Reason};
use crate::message::Message;

/// How long a wait lasts in real time before the test is told.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client in memory. It reads and answers pings in a task of its own; when it is dropped, the connection is cut.
#[derive(Debug)]
pub struct Client {
    orders: mpsc::Sender<Order>,
    inbox: mpsc::Receiver<tungstenite::Message>,
    headers: HeaderMap,
}

impl Client {
    pub(super) fn new(upgraded: Upgraded, headers: HeaderMap) -> Self {
        let (orders, ordered) = mpsc::channel(1);
        let (arrived, inbox) = mpsc::channel(INBOX);
        // A server sends a message of any size as one frame.
        let config = WebSocketConfig::default().max_frame_size(None);
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, Some(config))
            .now_or_never()
            .expect("without a handshake there is nothing to wait for");
        tokio::spawn(pump(socket, ordered, arrived));
        Self { orders, inbox, headers }
    }

    /// The headers of the 101 response.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The subprotocol that was agreed on.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.headers.get(header::SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()
    }

    /// Sends a message, and waits until it is written.
    ///
    /// # Errors
    /// [`Error::Lost`] if the connection has ended.
    pub async fn send(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        let (done, sent) = oneshot::channel();
        let order = Order::Send(to_tungstenite(message.into()), done);
        let wanted = "a message to be sent";
        let sending = async {
            self.orders.send(order).await.ok()?;
            sent.await.ok()
        };
        match patiently(sending, wanted).await? {
            Some(true) => Ok(()),
            _ => Err(Error::Lost { wanted }),
        }
    }

    /// Closes; the server's answer is [`closed`](Self::closed).
    ///
    /// # Errors
    /// [`Error::Lost`] if the connection has ended.
    pub async fn close(&mut self, code: CloseCode, reason: impl Into<Reason>) -> Result<(), Error> {
        self.send(Close::new(code, reason)).await
    }

    /// Reads nothing from here on (or again): pings stay unanswered, as with a client whose network went.
    pub async fn set_deaf(&mut self, deaf: bool) {
        // A client whose task has ended, or is stuck in a send, hears nothing anyhow.
        let _ = patiently(self.orders.send(Order::Deaf(deaf)), "a client that listens").await;
    }

    /// The next text; pings and pongs are passed over.
    ///
    /// # Errors
    /// If something else comes, nothing in 5 s of real time, or the connection ends.
    pub async fn text(&mut self) -> Result<String, Error> {
        match self.message("a text", Controls::PassedOver).await? {
            Message::Text(text) => Ok(text.into()),
            got => Err(Error::Unexpected { wanted: "a text", got }),
        }
    }

    /// The next binary message; pings and pongs are passed over.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub async fn binary(&mut self) -> Result<Bytes, Error> {
        match self.message("a binary message", Controls::PassedOver).await? {
            Message::Binary(bytes) => Ok(bytes),
            got => Err(Error::Unexpected { wanted: "a binary message", got }),
        }
    }

    /// The next text, as JSON; pings and pongs are passed over.
    ///
    /// # Errors
    /// As [`text`](Self::text), and if it is not such JSON.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        Ok(serde_json::from_str(&self.text().await?)?)
    }

    /// The next ping's payload; other messages before it are an error.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub async fn pinged(&mut self) -> Result<Bytes, Error> {
        match self.message("a ping", Controls::Taken).await? {
            Message::Ping(payload) => Ok(payload.into_bytes()),
            got => Err(Error::Unexpected { wanted: "a ping", got }),
        }
    }

    /// The next pong's payload; other messages before it are an error.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub async fn ponged(&mut self) -> Result<Bytes, Error> {
        match self.message("a pong", Controls::Taken).await? {
            Message::Pong(payload) => Ok(payload.into_bytes()),
            got => Err(Error::Unexpected { wanted: "a pong", got }),
        }
    }

    /// The close frame that comes next: its code and reason, `None` where it has none; pings and pongs are passed over.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub async fn closed(&mut self) -> Result<Option<(u16, String)>, Error> {
        match self.raw("a close frame", Controls::PassedOver).await? {
            tungstenite::Message::Close(frame) => {
                Ok(frame.map(|frame| (frame.code.into(), frame.reason.as_str().to_owned())))
            }
            other => Err(unexpected("a close frame", other)),
        }
    }

    /// Waits for `duration` on the runtime's clock, and fails if a message or the end comes meanwhile; pings and pongs
    /// may.
    ///
    /// # Errors
    /// What came.
    pub async fn never_sends(&mut self, duration: Duration) -> Result<(), Error> {
        tokio::time::timeout(duration, async {
            loop {
                match self.inbox.recv().await {
                    None => return Error::Lost { wanted: "silence" },
                    Some(tungstenite::Message::Ping(_) | tungstenite::Message::Pong(_)) => {}
                    Some(other) => return unexpected("silence", other),
                }
            }
        })
        .await
        .map_or(Ok(()), Err)
    }

    async fn message(&mut self, wanted: &'static str, controls: Controls) -> Result<Message, Error> {
        match self.raw(wanted, controls).await? {
            message @ tungstenite::Message::Close(_) => Err(unexpected(wanted, message)),
            message => from_tungstenite(message).ok_or(Error::Lost { wanted }),
        }
    }

    /// One wait, however many pings and pongs are passed over: on a paused clock a heartbeat never lets up.
    async fn raw(&mut self, wanted: &'static str, controls: Controls) -> Result<tungstenite::Message, Error> {
        let next = async {
            loop {
                match self.inbox.recv().await {
                    Some(tungstenite::Message::Ping(_) | tungstenite::Message::Pong(_))
                        if controls == Controls::PassedOver => {}
                    next => return next,
                }
            }
        };
        patiently(next, wanted).await?.ok_or(Error::Lost { wanted })
    }
}

/// What a wait does with pings and pongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Controls {
    Taken,
    PassedOver,
}

fn unexpected(wanted: &'static str, got: tungstenite::Message) -> Error {
    match got {
        tungstenite::Message::Close(frame) => {
            let close = frame.as_ref().map_or_else(Close::normal, convert::close);
            Error::Unexpected { wanted, got: Message::Close(close) }
        }
        got => from_tungstenite(got).map_or(Error::Lost { wanted }, |got| Error::Unexpected { wanted, got }),
    }
}

/// Waits in real time, whatever the runtime's clock does: on a paused one every timer of the app may pass meanwhile.
pub(super) async fn patiently<F: Future>(future: F, wanted: &'static str) -> Result<F::Output, Error> {
    let mut future = std::pin::pin!(future);
    // What is there already needs no watch.
    if let Some(output) = future.as_mut().now_or_never() {
        return Ok(output);
    }
    let (expire, expired) = oneshot::channel();
    let (cancel, cancelled) = thread_mpsc::channel::<()>();
    thread::spawn(move || {
        if cancelled.recv_timeout(PATIENCE) == Err(thread_mpsc::RecvTimeoutError::Timeout) {
            let _ = expire.send(());
        }
    });
    let outcome = tokio::select! {
        output = future => Ok(output),
        _ = expired => Err(Error::Silence { wanted }),
    };
    drop(cancel);
    outcome
}
