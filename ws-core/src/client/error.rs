//! The errors of a client.

use std::fmt;
use std::io;

use http::{HeaderMap, StatusCode};

use crate::message::{ControlPayloadTooLong, Escaped, Message};

/// An error of connecting, sending or receiving.
///
/// `Debug` prints the same text as `Display`, because `main` and failed tests print errors with `Debug`.
///
/// ```no_run
/// use ws_core::client::{self, Client, Error};
///
/// async fn log_in(token: &str) -> Result<Client, Error> {
///     let request = client::request("ws://127.0.0.1:8080/chat").header("authorization", token);
///     match request.connect().await {
///         Err(Error::Rejected(rejected)) if rejected.status == 401 => {
///             println!("the token is not valid: {}", rejected.body);
///             Err(Error::Rejected(rejected))
///         }
///         result => result,
///     }
/// }
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL is not a valid `ws://` or `wss://` URL (RFC 6455 section 3).
    #[error("invalid WebSocket URL `{}`: {problem}", Escaped(.url))]
    Url {
        /// The URL.
        url: String,
        /// The problem, and the remedy where there is one.
        problem: &'static str,
    },
    /// The URL starts with `wss://`, but the feature `client-tls` is disabled.
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
        /// The error of the name resolution or of the TCP connection.
        source: io::Error,
    },
    /// The TLS handshake failed, for example because the server's certificate is not trusted.
    #[error("the TLS handshake with {host} failed: {source}")]
    Tls {
        /// The host whose certificate was expected.
        host: String,
        /// The cause. It wraps rustls's error, for example that of a certificate (see [`io::Error::get_ref`]).
        source: io::Error,
    },
    /// The connection failed before the server answered the request.
    #[error("the server did not answer the request: {0}")]
    Http(#[from] hyper::Error),
    /// The server answered the handshake with an HTTP response other than 101.
    #[error("the server rejected the handshake: {0}")]
    Rejected(Box<Rejected>),
    /// The server answered with 101, but its response violates RFC 6455 section 4.1.
    #[error("the server's response to the handshake is invalid: {0}")]
    Handshake(&'static str),
    /// A wait took too long. [`Request::connect`](super::Request::connect) and [`Client::close`](super::Client::close)
    /// have a time limit; in the testing kit, every wait has one.
    #[error("waited for {waiting_for}, but nothing came within {seconds} s")]
    Timeout {
        /// The awaited event.
        waiting_for: &'static str,
        /// The time limit, in whole seconds.
        seconds: u64,
    },
    /// A message arrived that is not of the requested kind.
    #[error("waited for {waiting_for}, but received {received:?}")]
    Unexpected {
        /// The awaited event.
        waiting_for: &'static str,
        /// The message that arrived. It is consumed.
        received: Message,
    },
    /// A value cannot be serialized as JSON, or a text message is not JSON of the requested type.
    #[error("invalid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The payload of a ping is longer than 125 bytes.
    #[error(transparent)]
    Ping(#[from] ControlPayloadTooLong),
    /// The server closed the connection with a close frame.
    #[error("waited for {waiting_for}, but the server closed the connection {}", Code(close.as_ref()))]
    Closed {
        /// The awaited event.
        waiting_for: &'static str,
        /// The code and reason of the server's close frame, or `None` if the frame has no code.
        close: Option<(u16, String)>,
    },
    /// The client has sent a close frame, and can send nothing after it (RFC 6455 section 5.5.1).
    #[error("nothing can be sent after a close frame")]
    SendAfterClose,
    /// The connection ended without a close frame, or the [`Client`](super::Client) of a sender was dropped.
    #[error("waited for {waiting_for}, but the connection was lost: {kind}")]
    Lost {
        /// The awaited event.
        waiting_for: &'static str,
        /// The kind of I/O error: [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) if the stream just ended, and
        /// [`ConnectionAborted`](io::ErrorKind::ConnectionAborted) if the client was dropped.
        kind: io::ErrorKind,
    },
    /// A message is larger than [`max_message_size`](super::Request::max_message_size). The client closes with 1009.
    #[error("the server sent a message of {size} bytes or more, but the limit is {limit}")]
    TooLarge {
        /// The size in bytes, as far as it is known.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The app of a test does not start.
    #[cfg(feature = "testing")]
    #[error("the app does not start: {0}")]
    Start(#[from] crate::error::Error),
    /// The path of a test's request does not start with `/`.
    #[cfg(feature = "testing")]
    #[error("the path {path:?} does not start with `/`; write {corrected:?}")]
    Path {
        /// The path.
        path: String,
        /// The path to write instead.
        corrected: String,
    },
    /// The app of a test accepted a handshake, but [`rejection`](crate::testing::Request::rejection) expects it to be
    /// rejected.
    #[cfg(feature = "testing")]
    #[error("expected a rejection, but the server accepted the handshake")]
    Upgraded,
    /// The server violated the protocol. The client closes with 1002, or with 1007 for text that is not UTF-8.
    #[error("the server violated the WebSocket protocol: {}", Escaped(.0))]
    Protocol(String),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Formats a close code and its reason for the text of an error.
struct Code<'a>(Option<&'a (u16, String)>);

impl fmt::Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("without a code"),
            Some((code, reason)) if reason.is_empty() => write!(f, "with {code}"),
            Some((code, reason)) => write!(f, "with {code} ({})", Escaped(reason)),
        }
    }
}

/// The HTTP response of a server that rejected the handshake.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rejected {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The first 64 KiB of the body as text, with invalid UTF-8 replaced. If reading the body failed, the part before
    /// that.
    pub body: String,
}

/// Writes one line: control characters of the body are escaped (`\n`).
impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match StatusCode::from_u16(self.status) {
            Ok(status) => write!(f, "{status}")?,
            Err(_) => write!(f, "{}", self.status)?,
        }
        let body = self.body.trim_end();
        if !body.is_empty() {
            write!(f, ": {}", Escaped(body))?;
        }
        Ok(())
    }
}

/// How a connection ended. Every later call reports it.
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
