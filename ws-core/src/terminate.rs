//! Why a connection ended: the closed enum that `#[terminate]` receives (C12).

use std::any::Any;
use std::fmt;
use std::io;

use crate::close::Close;

/// Any error that a callback may return, boxed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a connection ended.
///
/// Each `#[init]` that succeeded is followed by exactly one `#[terminate]` with one of these, whatever happens.
/// The code that the client sees is in the second column of the table in the book's chapter on termination.
#[derive(Debug)]
pub enum Terminate {
    /// This side closed: a [`Close`] in a reply or as an error, [`Context::close`](crate::Context::close),
    /// [`Socket::close`](crate::Socket::close).
    Stop(Close),
    /// This side closed with 1000, and gave its own reason: [`Reply::close_as`](crate::Reply::close_as).
    StopAs(Box<dyn StopReason>),
    /// The client closed, with a code or without one.
    Remote(Option<Close>),
    /// No byte came from the client for the idle timeout (1001).
    Timeout,
    /// A callback panicked (1011).
    Panic(Panic),
    /// A callback returned an error (1011).
    Failed(Failed),
    /// Text that is not UTF-8, or a payload that its callback's type cannot be made of (1007).
    BadEncoding(String),
    /// A frame that breaks the protocol (1002).
    BadFrame(String),
    /// A message larger than allowed (1009).
    BadSize {
        /// `max_message_size` in bytes, or `max_frame_size` where a frame alone is over that.
        limit: usize,
    },
    /// A message in more fragments than allowed, or not whole in time (1008).
    Policy(String),
    /// The connection was cut with no close frame.
    Lost,
    /// The socket failed; or the client took nothing of what was to be written for the write timeout, and was cut
    /// ([`TimedOut`](io::ErrorKind::TimedOut)).
    Io(io::Error),
    /// The server drained (1001), in time or cut at the deadline.
    Drained,
    /// The mailbox, what the handler itself sent, or the inbox of a service that closes at its bound, was full (1013).
    Overflow,
    /// The client went away after `init` and before the upgrade was through.
    Abandoned,
    /// The connection's task was aborted, or its runtime shut down.
    Aborted,
}

impl Terminate {
    /// The kind alone, one word in lower case, as [`Stats::ended`](crate::Stats::ended) counts them.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        Self::KINDS[self.index()]
    }

    pub(crate) const KINDS: [&'static str; 16] = [
        "stop",
        "stop_as",
        "remote",
        "timeout",
        "panic",
        "failed",
        "bad_encoding",
        "bad_frame",
        "bad_size",
        "policy",
        "lost",
        "io",
        "drained",
        "overflow",
        "abandoned",
        "aborted",
    ];

    pub(crate) const fn index(&self) -> usize {
        match self {
            Self::Stop(_) => 0,
            Self::StopAs(_) => 1,
            Self::Remote(_) => 2,
            Self::Timeout => 3,
            Self::Panic(_) => 4,
            Self::Failed(_) => 5,
            Self::BadEncoding(_) => 6,
            Self::BadFrame(_) => 7,
            Self::BadSize { .. } => 8,
            Self::Policy(_) => 9,
            Self::Lost => 10,
            Self::Io(_) => 11,
            Self::Drained => 12,
            Self::Overflow => 13,
            Self::Abandoned => 14,
            Self::Aborted => 15,
        }
    }
}

impl fmt::Display for Terminate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop(close) => write!(f, "closed here with {close}"),
            Self::StopAs(reason) => write!(f, "closed here: {reason}"),
            Self::Remote(Some(close)) => write!(f, "closed by the client with {close}"),
            Self::Remote(None) => f.write_str("closed by the client"),
            Self::Timeout => f.write_str("the client was idle too long"),
            Self::Panic(panic) => write!(f, "{panic}"),
            Self::Failed(failed) => write!(f, "{failed}"),
            Self::BadEncoding(what) => write!(f, "bad data: {what}"),
            Self::BadFrame(what) => write!(f, "protocol error: {what}"),
            Self::BadSize { limit } => write!(f, "a message of more than {limit} bytes"),
            Self::Policy(what) => write!(f, "more than is allowed: {what}"),
            Self::Lost => f.write_str("the connection was lost"),
            Self::Io(error) => write!(f, "the socket failed: {error}"),
            Self::Drained => f.write_str("the server is going down"),
            Self::Overflow => f.write_str("too much was waiting to be sent or handled"),
            Self::Abandoned => f.write_str("the client left during the handshake"),
            Self::Aborted => f.write_str("the connection's task was aborted"),
        }
    }
}

/// A callback that panicked: which, what it said, where.
#[derive(Debug)]
pub struct Panic {
    pub(crate) callback: &'static str,
    pub(crate) message: String,
    pub(crate) location: Option<String>,
    pub(crate) backtrace: Option<String>,
}

impl Panic {
    /// The callback's name as the program writes it.
    #[must_use]
    pub const fn callback(&self) -> &'static str {
        self.callback
    }

    /// The panic's message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// File, line and column.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// The backtrace, where one was captured (`RUST_BACKTRACE=1`).
    #[must_use]
    pub fn backtrace(&self) -> Option<&str> {
        self.backtrace.as_deref()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callback `{}` panicked: {}", self.callback, self.message)?;
        if let Some(location) = &self.location {
            write!(f, " ({location})")?;
        }
        Ok(())
    }
}

/// A callback that returned an error: which, and the error.
#[derive(Debug)]
pub struct Failed {
    pub(crate) callback: &'static str,
    pub(crate) error: BoxError,
}

impl Failed {
    /// The callback's name as the program writes it.
    #[must_use]
    pub const fn callback(&self) -> &'static str {
        self.callback
    }

    /// What the callback returned.
    #[must_use]
    pub fn error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.error
    }

    /// The error as the type that the callback returned.
    #[must_use]
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callback `{}` failed: {}", self.callback, self.error)
    }
}

/// What may be given to [`Reply::close_as`](crate::Reply::close_as): anything that can be shown, kept and sent.
pub trait StopReason: Any + fmt::Debug + fmt::Display + Send + Sync {}

impl<T: Any + fmt::Debug + fmt::Display + Send + Sync> StopReason for T {}

impl dyn StopReason {
    /// The reason as the type that was given.
    #[must_use]
    pub fn downcast_ref<T: Any>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}
