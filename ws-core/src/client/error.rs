//! What can go wrong with a client.

use std::fmt;
use std::io;

use http::{HeaderMap, StatusCode};

use crate::message::{ControlPayloadTooLong, Message};

/// Why a client could not connect, send or receive.
///
/// `Debug` is the same text as `Display`, because that is what `main` and failed tests print.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not one that a WebSocket client can connect to.
    #[error("invalid WebSocket URL `{url}`: {problem}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it, and what to write instead.
        problem: &'static str,
    },
    /// The URL starts with `wss://`, and ws-core was built without TLS for clients.
    #[error("`wss://` needs the feature `client-tls` of ws-core, which is not enabled")]
    TlsDisabled,
    /// A header name or value of the request is invalid.
    #[error("invalid request: {0}")]
    Request(#[from] http::Error),
    /// The server could not be reached.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Host and port.
        address: String,
        /// Why not.
        source: io::Error,
    },
    /// The TLS handshake failed, for example because the server's certificate is not trusted.
    #[error("the TLS handshake with {host} failed: {source}")]
    Tls {
        /// The host whose certificate was expected.
        host: String,
        /// Why it failed; a certificate error is the source of this error.
        source: io::Error,
    },
    /// The connection failed before the server answered the handshake.
    #[error("the server did not answer the handshake: {0}")]
    Http(#[from] hyper::Error),
    /// The server answered the handshake with an HTTP response other than 101.
    #[error("the server rejected the handshake: {0}")]
    Rejected(Box<Rejected>),
    /// The server answered with 101, but its response violates RFC 6455 section 4.1.
    #[error("the server's response to the handshake is invalid: {0}")]
    Handshake(&'static str),
    /// Something took too long. Connecting and closing have a timeout; the testing kit limits every wait.
    #[error("waited for {waiting_for}, but nothing came within {seconds} s")]
    Timeout {
        /// What the client waited for.
        waiting_for: &'static str,
        /// How long it waited, in seconds.
        seconds: u64,
    },
    /// Another message arrived than the one that was asked for.
    #[error("waited for {waiting_for}, but received {received:?}")]
    Unexpected {
        /// What the client waited for.
        waiting_for: &'static str,
        /// The message that arrived instead. It is consumed.
        received: Message,
    },
    /// A value could not be written as JSON, or a text is not JSON of the requested type.
    #[error("invalid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A ping's payload is too long.
    #[error(transparent)]
    Ping(#[from] ControlPayloadTooLong),
    /// The server closed the connection with a close frame.
    #[error("waited for {waiting_for}, but the server closed the connection {}", Code(close.as_ref()))]
    Closed {
        /// What the client waited for.
        waiting_for: &'static str,
        /// Code and reason of the server's close frame; `None` if it has no code.
        close: Option<(u16, String)>,
    },
    /// The client has sent a close frame, and can send nothing after it.
    #[error("nothing can be sent after a close frame")]
    SendAfterClose,
    /// The connection ended without a close frame, or the [`Client`](super::Client) of a sender was dropped.
    #[error("waited for {waiting_for}, but the connection was lost: {kind}")]
    Lost {
        /// What the client waited for.
        waiting_for: &'static str,
        /// What the system reported; [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) for a stream that just ended.
        kind: io::ErrorKind,
    },
    /// A message is larger than [`max_message_size`](super::Request::max_message_size). The client closed with 1009.
    #[error("the server sent a message of {size} bytes or more, but the limit is {limit}")]
    TooLarge {
        /// Size in bytes, as far as it is known.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// In a test, the app does not start.
    #[cfg(feature = "testing")]
    #[error("the app does not start: {0}")]
    Start(#[from] crate::error::Error),
    /// In a test, the app accepted a handshake that it was expected to reject.
    #[cfg(feature = "testing")]
    #[error("expected a rejection, but the server accepted the handshake")]
    Upgraded,
    /// The server violated the protocol. The client closed with 1002, or with 1007 for text that is not UTF-8.
    #[error("the server violated the WebSocket protocol: {0}")]
    Protocol(String),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Code and reason in an error's text.
struct Code<'a>(Option<&'a (u16, String)>);

impl fmt::Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("without a code"),
            Some((code, reason)) if reason.is_empty() => write!(f, "with {code}"),
            Some((code, reason)) => write!(f, "with {code} ({reason})"),
        }
    }
}

/// An HTTP response that a server sent instead of the upgrade.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text, at most its first 64 KiB.
    pub body: String,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match StatusCode::from_u16(self.status) {
            Ok(status) => write!(f, "{status}")?,
            Err(_) => write!(f, "{}", self.status)?,
        }
        let body = self.body.trim_end();
        if !body.is_empty() {
            write!(f, ": {body}")?;
        }
        Ok(())
    }
}

/// How a connection ended. Every later call reports it again.
#[derive(Clone, Debug)]
pub(super) enum End {
    Closed(Option<(u16, String)>),
    Lost(io::ErrorKind),
    TooLarge { size: usize, limit: usize },
    Protocol { problem: String, invalid_text: bool },
}

impl End {
    pub(super) fn into_error(self, waiting_for: &'static str) -> Error {
        match self {
            Self::Closed(close) => Error::Closed { waiting_for, close },
            Self::Lost(kind) => Error::Lost { waiting_for, kind },
            Self::TooLarge { size, limit } => Error::TooLarge { size, limit },
            Self::Protocol { problem, .. } => Error::Protocol(problem),
        }
    }
}
