//! The options of page sessions.

use std::fmt;
use std::time::Duration;

use super::queue::QueueLimits;

/// The shortest key, in bytes.
const KEY: usize = 32;

/// Page sessions and their options, for [`App::pages`](crate::App::pages).
///
/// ```
/// use ws_core::prelude::*;
///
/// # fn key_from_configuration() -> Vec<u8> { vec![7; 32] }
/// let app = App::discover().pages(Pages::new().key(key_from_configuration()));
/// ```
#[derive(Clone)]
#[must_use = "options do nothing unless you pass them to `App::pages`"]
pub struct Pages {
    pub(super) key: CookieKey,
    pub(super) linger: Duration,
    pub(super) queue: QueueLimits,
    pub(super) most: usize,
    pub(super) most_per_session: usize,
    pub(super) session_lifetime: Duration,
    pub(super) max_revoked_sessions: usize,
}

/// The key that signs the cookies.
#[derive(Clone)]
pub(super) enum CookieKey {
    /// The user has not chosen one.
    Missing,
    Random,
    Given(Vec<u8>),
}

impl CookieKey {
    /// Returns the key that was given.
    pub(super) fn given(&self) -> Option<&[u8]> {
        if let Self::Given(key) = self { Some(key) } else { None }
    }
}

impl Pages {
    /// Creates the default options. They have no key: set one with [`key`](Self::key).
    pub const fn new() -> Self {
        Self {
            key: CookieKey::Missing,
            linger: Duration::from_secs(2 * 60),
            queue: QueueLimits { messages: 100, bytes: 1 << 20 },
            most: 100_000,
            most_per_session: 64,
            session_lifetime: Duration::from_secs(30 * 24 * 60 * 60),
            max_revoked_sessions: 100_000,
        }
    }

    /// Sets the secret key that signs the cookies of browser sessions: at least 32 random bytes, from your configuration.
    /// All servers of an app have the same key.
    ///
    /// Without a key, the server makes a random one when it starts, and logs a warning: users are signed out when it
    /// restarts, and other servers do not know its cookies. If that is intended, choose [`random_key`](Self::random_key).
    ///
    /// `openssl rand -base64 48` prints a good key. A shorter one is an error at startup.
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = CookieKey::Given(key.into());
        self
    }

    /// Makes a random key at each start of the server, without a warning: for development, and for a single server on which
    /// nobody signs in. Users are signed out when the server restarts.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// let pages = match std::env::var("WS_KEY") {
    ///     Ok(key) => Pages::new().key(key),
    ///     Err(_) => Pages::new().random_key(),
    /// };
    /// let app = App::discover().pages(pages);
    /// ```
    pub fn random_key(mut self) -> Self {
        self.key = CookieKey::Random;
        self
    }

    /// Sets how long a page session lives on after its connection is lost, and its messages with it. 2 minutes by default.
    pub const fn linger(mut self, after: Duration) -> Self {
        self.linger = after;
        self
    }

    /// Limits the number of messages that wait for a page, either until it is connected or until it acknowledges them. 100
    /// by default.
    ///
    /// If a message does not fit, the oldest of those that are sent [at most once](crate::Qos::AtMostOnce) give way. If
    /// there are none, the new message is [`Dropped`](crate::Delivery::Dropped).
    pub const fn queue_messages(mut self, messages: usize) -> Self {
        self.queue.messages = messages;
        self
    }

    /// Limits the size of the messages that wait for a page, in bytes; see [`queue_messages`](Self::queue_messages). Each
    /// counts with 48 bytes of its own. 1 MiB by default.
    pub const fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue.bytes = bytes;
        self
    }

    /// Limits the number of page sessions, and with them the number of sessions and users that have pages. 100,000 by
    /// default.
    ///
    /// For a further page, the page that lost its connection first ends. If all are connected, the handshake gets a 503
    /// response.
    pub const fn max_pages(mut self, pages: usize) -> Self {
        self.most = pages;
        self
    }

    /// Limits the number of page sessions of one browser session, in the same way. 64 by default.
    pub const fn max_pages_per_session(mut self, pages: usize) -> Self {
        self.most_per_session = pages;
        self
    }

    /// Sets how long a browser session is valid after its cookie was issued. 30 days by default. Each handshake, and each
    /// response with `/ws/client.js` or a [`BrowserSession`](crate::BrowserSession), renews a cookie that is older than half
    /// of that.
    pub const fn session_lifetime(mut self, lifetime: Duration) -> Self {
        self.session_lifetime = lifetime;
        self
    }

    /// Limits the number of sessions that the server remembers as signed out, until their cookies would expire. 100,000 by
    /// default. Beyond that, it forgets the oldest.
    pub const fn max_revoked_sessions(mut self, sessions: usize) -> Self {
        self.max_revoked_sessions = sessions;
        self
    }

    /// Returns an error text if a setting is invalid.
    pub(crate) fn problem(&self) -> Option<String> {
        if let Some(key) = self.key.given().filter(|key| key.len() < KEY) {
            return Some(format!(
                "`Pages::key`: the key has {} bytes, and it needs at least {KEY} random ones; `openssl rand -base64 48` \
                 prints such a key",
                key.len()
            ));
        }
        let zero = [
            ("linger", self.linger.is_zero()),
            ("queue_messages", self.queue.messages == 0),
            ("queue_bytes", self.queue.bytes == 0),
            ("max_pages", self.most == 0),
            ("max_pages_per_session", self.most_per_session == 0),
            ("session_lifetime", self.session_lifetime < Duration::from_secs(1)),
            ("max_revoked_sessions", self.max_revoked_sessions == 0),
        ];
        let (name, _) = zero.into_iter().find(|(_, zero)| *zero)?;
        let least = if name == "session_lifetime" { "at least 1 s" } else { "more than 0" };
        Some(format!("`Pages::{name}` must be {least}"))
    }

    /// Returns whether no key was chosen.
    pub(crate) const fn lacks_key(&self) -> bool {
        matches!(self.key, CookieKey::Missing)
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Pages {
    /// Does not print the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("has_key", &self.key.given().is_some())
            .field("linger", &self.linger)
            .field("queue", &self.queue)
            .field("max_pages", &self.most)
            .finish_non_exhaustive()
    }
}
