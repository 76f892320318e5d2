//! The reason why a connection ended: the closed enum that `#[terminate]` receives.

use std::any::Any;
use std::fmt;
use std::io;

use crate::message::{Close, Escaped};

/// A boxed error, of any type that a callback may return.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The reason why a connection ended.
///
/// After each successful `#[init]`, `#[terminate]` runs exactly once, with one of these, even if a callback panics or
/// the task is aborted. "Closing" in the book has a table of all endings, with the close frame that the client
/// receives.
///
/// ```
/// use ws_core::prelude::*;
///
/// #[websocket("/chat")]
/// #[derive(Default)]
/// struct Chat;
///
/// #[websocket]
/// impl Chat {
///     #[terminate]
///     fn ended(&mut self, reason: &Terminate) {
///         match reason {
///             Terminate::Remote(Some(close)) => println!("the client closed with {close}"),
///             Terminate::Lost => println!("the client vanished"),
///             // One line for a log.
///             other => println!("{}: {other}", other.kind()),
///         }
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Terminate {
    /// The server closed the connection: with a [`Close`] as a reply or an error, with
    /// [`Context::close`](crate::Context::close), or with [`Socket::close`](crate::Socket::close). The client receives
    /// the same code and reason.
    Stop(Close),
    /// The server closed with 1000 for a reason of its own type, which is not sent:
    /// [`Reply::close_as`](crate::Reply::close_as).
    StopAs(Box<dyn StopReason>),
    /// The client closed, with or without a code. The server echoes the close frame.
    Remote(Option<Close>),
    /// No byte arrived from the client within the idle timeout (1001).
    Timeout,
    /// A callback, or work that it spawned, panicked (1011).
    Panic(Panic),
    /// A callback returned an error that is not a [`Close`] (1011).
    Failed(Failed),
    /// The client sent text that is not UTF-8, a compressed message that cannot be decompressed, or a payload that
    /// cannot be converted to the callback's parameter type (1007).
    BadEncoding(String),
    /// The client violated the protocol (1002).
    BadFrame(String),
    /// A message or frame exceeded its size limit (1009).
    BadSize {
        /// The limit in bytes: `max_message_size`, or `max_frame_size` if a single frame exceeded that.
        limit: usize,
    },
    /// A message had more fragments than `max_fragments`, or was incomplete after `message_timeout`, or the client exceeded
    /// a [`RateLimit`](crate::RateLimit) that closes (1008).
    Policy(String),
    /// The stream ended, or was reset, without a close frame.
    Lost,
    /// The socket failed. The kind is [`TimedOut`](io::ErrorKind::TimedOut) if the client accepted no bytes within the
    /// write timeout and the connection was dropped.
    Io(io::Error),
    /// The app drained (1001): the connection ended in time, or a pending callback was cancelled at the deadline.
    Drained,
    /// Too much was queued (1013): the mailbox was full, the handler itself sent too much, or the inbox of a service
    /// whose overflow is [`InboxOverflow::Close`](crate::InboxOverflow::Close) was full.
    Overflow,
    /// The client's credentials have expired: the time of [`Upgrade::expires_at`](crate::Upgrade::expires_at), or of the
    /// last renewal, has passed. The client receives this code and reason.
    Expired(Close),
    /// The client left after `#[init]`, before the upgrade was complete.
    Abandoned,
    /// The connection's task was aborted, or its runtime was shut down.
    Aborted,
}

impl Terminate {
    /// Returns the name of the variant in snake case, such as `"bad_size"`. [`Stats::ended`](crate::Stats::ended)
    /// counts connections by it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        Self::KINDS[self.index()]
    }

    pub(crate) const KINDS: [&'static str; 17] = [
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
        "expired",
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
            Self::Expired(_) => 16,
        }
    }
}

/// Writes one line: control characters of reasons, messages and errors are escaped (`\n`), because a client may have
/// sent them.
impl fmt::Display for Terminate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop(close) => write!(f, "closed by the server with {close}"),
            Self::StopAs(reason) => write!(f, "closed by the server: {}", Escaped(reason)),
            Self::Remote(Some(close)) => write!(f, "closed by the client with {close}"),
            Self::Remote(None) => f.write_str("closed by the client"),
            Self::Timeout => f.write_str("idle timeout"),
            Self::Panic(panic) => write!(f, "{panic}"),
            Self::Failed(failed) => write!(f, "{failed}"),
            Self::BadEncoding(what) => write!(f, "invalid data: {}", Escaped(what)),
            Self::BadFrame(what) => write!(f, "protocol error: {}", Escaped(what)),
            Self::BadSize { limit } => write!(f, "message larger than {limit} bytes"),
            Self::Policy(what) => write!(f, "limit exceeded: {what}"),
            Self::Lost => f.write_str("the connection was lost"),
            Self::Io(error) => write!(f, "the socket failed: {}", Escaped(error)),
            Self::Drained => f.write_str("the server is shutting down"),
            Self::Overflow => f.write_str("the message queue is full"),
            Self::Expired(close) => write!(f, "the credentials have expired, closed with {close}"),
            Self::Abandoned => f.write_str("the client left during the handshake"),
            Self::Aborted => f.write_str("the connection's task was aborted"),
        }
    }
}

/// A panic of a callback: the callback's name, the message, and the place.
#[derive(Debug)]
pub struct Panic {
    /// Boxed, so that the reasons for an end are small values, and mailboxes, which may hold one, too.
    details: Box<Details>,
}

#[derive(Debug)]
struct Details {
    callback: &'static str,
    message: String,
    location: Option<String>,
    backtrace: Option<String>,
}

impl Panic {
    pub(crate) fn new(
        callback: &'static str,
        message: String,
        location: Option<String>,
        backtrace: Option<String>,
    ) -> Self {
        Self { details: Box::new(Details { callback, message, location, backtrace }) }
    }

    /// Returns the name of the callback, as it is written in the program.
    #[must_use]
    pub const fn callback(&self) -> &'static str {
        self.details.callback
    }

    /// Returns the panic message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.details.message
    }

    /// Returns the place of the panic: file, line and column.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.details.location.as_deref()
    }

    /// Returns the backtrace, if one was captured (`RUST_BACKTRACE=1`).
    #[must_use]
    pub fn backtrace(&self) -> Option<&str> {
        self.details.backtrace.as_deref()
    }
}

/// Writes one line: control characters of the message are escaped (`\n`).
impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callback `{}` panicked: {}", self.callback(), Escaped(self.message()))?;
        if let Some(location) = self.location() {
            write!(f, " ({location})")?;
        }
        Ok(())
    }
}

/// An error that a callback returned.
#[derive(Debug)]
pub struct Failed {
    pub(crate) callback: &'static str,
    pub(crate) error: BoxError,
}

impl Failed {
    /// Returns the name of the callback, as it is written in the program.
    #[must_use]
    pub const fn callback(&self) -> &'static str {
        self.callback
    }

    /// Returns the error.
    #[must_use]
    pub fn error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.error
    }

    /// Returns the error as an `E`, if the callback returned one.
    #[must_use]
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }
}

/// Writes one line: control characters of the error's text are escaped (`\n`).
impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "callback `{}` failed: {}", self.callback, Escaped(&self.error))
    }
}

/// A reason for [`Reply::close_as`](crate::Reply::close_as). Implemented for every type that is `Debug`, `Display`,
/// `Send`, `Sync` and `'static`.
pub trait StopReason: Any + fmt::Debug + fmt::Display + Send + Sync {}

impl<T: Any + fmt::Debug + fmt::Display + Send + Sync> StopReason for T {}

impl dyn StopReason {
    /// Returns the reason as a `T`, if it is one.
    #[must_use]
    pub fn downcast_ref<T: Any>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every step of the event loop returns one, and the future of a connection has room for one.
    #[test]
    fn a_reason_is_small_enough_to_pass_by_value() {
        assert!(size_of::<Terminate>() <= 48, "{}", size_of::<Terminate>());
    }
}
