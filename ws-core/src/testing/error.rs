//! What can go otherwise than a test expects.

use std::fmt;

use http::HeaderMap;

use crate::message::Message;

/// Why a step of a test failed; as text, what to look at.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The app does not start.
    #[error("the app does not start: {0}")]
    Start(#[from] crate::Error),
    /// The handshake was answered with plain HTTP.
    #[error("the handshake was refused: {0}")]
    Rejected(Box<Rejected>),
    /// The handshake went through where a rejection was expected.
    #[error("the handshake went through, where a rejection was expected")]
    Upgraded,
    /// The request could not be made of what was given.
    #[error("not a request: {0}")]
    BadRequest(#[from] http::Error),
    /// The HTTP connection failed.
    #[error("the HTTP connection failed: {0}")]
    Http(#[from] hyper::Error),
    /// Something else came than was waited for.
    #[error("waited for {wanted}, and got {got:?}")]
    Unexpected {
        /// What the test waited for.
        wanted: &'static str,
        /// What came.
        got: Message,
    },
    /// A message that is not the JSON that was waited for.
    #[error("not the JSON that was waited for: {0}")]
    Json(#[from] serde_json::Error),
    /// Nothing came in 5 s of real time.
    #[error("waited for {wanted}, and nothing came in 5 s")]
    Silence {
        /// What the test waited for.
        wanted: &'static str,
    },
    /// The connection was cut without a close frame.
    #[error("waited for {wanted}, and the connection was cut without a close frame")]
    Lost {
        /// What the test waited for.
        wanted: &'static str,
    },
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An HTTP response instead of the upgrade.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.body.trim_end())
    }
}
