//! The counters of an app, and the snapshot of them that a program reads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::message::Terminate;

/// The traffic of a connection since it was last added to the counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) messages_in: u64,
    pub(crate) messages_out: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

/// A snapshot of the counters of an app, from [`AppHandle::stats`](crate::AppHandle::stats).
///
/// `open`, `topics`, `subscriptions`, `histories`, `history_bytes` and `pages` are current numbers; all other counters
/// only grow, from the start of the app. A connection adds its messages and bytes once for each burst, so these may lag a
/// little behind.
///
/// ```
/// # async fn f(app: ws_core::AppHandle) {
/// let stats = app.stats();
/// println!("{} open, {} timed out", stats.open, stats.ended("timeout"));
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The number of open connections. A connection counts from the end of its `#[init]` until its `#[terminate]` has
    /// returned and its stream is closed.
    pub open: u64,
    /// Connections that were opened: those whose `#[init]` succeeded.
    pub opened: u64,
    /// Messages received, including pings and pongs.
    pub messages_in: u64,
    /// Messages sent by handlers, services and the rest of the program. Close frames, heartbeats and automatic pongs do
    /// not count.
    pub messages_out: u64,
    /// Bytes read from sockets after the handshakes.
    pub bytes_in: u64,
    /// Bytes written to sockets after the handshakes.
    pub bytes_out: u64,
    /// Messages, infos and broadcasts that were dropped, because the mailbox of a connection, the queue of a page session
    /// or the inbox of a service was full, or because a service could not start.
    pub dropped: u64,
    /// Messages published to topics, and broadcasts. Each counts once, for any number of recipients.
    pub published: u64,
    /// The number of topics that exist: those with a subscriber, a watcher or an identity.
    pub topics: u64,
    /// The number of subscriptions, of all connections to all topics. Tracked identities and watched topics count too.
    pub subscriptions: u64,
    /// The number of topics that have a [history](crate::App::history).
    pub histories: u64,
    /// The size of the messages of all histories, in bytes.
    pub history_bytes: u64,
    /// Subscriptions from a position whose client receives all messages that it missed.
    pub recovered: u64,
    /// Subscriptions from a position whose client cannot receive all messages that it missed, and receives none of them.
    pub not_recovered: u64,
    /// The number of page sessions, with and without a connection; see `App::pages`. 0 without the feature `pages`.
    pub pages: u64,
    /// Callbacks that were dropped at the deadline of a drain.
    pub aborted: u64,
    /// Connections that have ended, by [`Terminate::kind`]. Kinds that have not occurred are absent.
    pub ended: BTreeMap<&'static str, u64>,
    /// Requests that got a plain HTTP response instead of the upgrade, by status: handshakes that were rejected, and
    /// requests for unknown paths (404). Responses of a fallback router or a layer do not count.
    pub rejected: BTreeMap<u16, u64>,
    /// How often each limit applied, by its name. Only limits that no other counter distinguishes are here, and those
    /// that have not applied are absent.
    ///
    /// - `max_connections`, `max_connections_per_address`: handshakes that were rejected with 503.
    /// - `max_half_open`: connections that were dropped while they had sent no request, or waited for the next one,
    ///   because there were too many of them or no file descriptor was left.
    /// - `max_http_requests`: plain HTTP requests that were rejected with 503.
    /// - `request_head`: connections that did not begin their first request within 10 s (with its TLS handshake), or
    ///   did not complete the head of a request within 10 s of its first byte.
    /// - `http_read_timeout`: plain HTTP requests that failed because the client did not send the rest of the body.
    /// - `http_write_timeout`: connections that were dropped because the client did not read a plain HTTP response.
    /// - `max_resets`: HTTP/2 connections that were dropped because the client cancelled too many requests.
    /// - `descriptors`: how often the system had no file descriptor for another connection.
    /// - `max_fragments`, `message_timeout`, `write_timeout`: connections that the limit ended.
    /// - `rate_limit`: how often reading waited, messages that were dropped and connections that were closed, because a
    ///   client exceeded its [`RateLimit`](crate::RateLimit).
    /// - `rate_limit_per_address`: the same, because the connections of an address exceeded theirs together.
    /// - `close_timeout`: connections that were dropped because the client did not close in time, and callbacks that
    ///   were cancelled because they did not finish within that time after a close.
    /// - `init_timeout`: clients that were rejected because `#[init]` or `#[join]` took too long, and those callbacks,
    ///   `#[rejoin]` and the `#[init]` of services, that were cancelled.
    /// - `terminate_timeout`: callbacks `#[terminate]` and `#[close]` that were cancelled, and members that no longer
    ///   waited for their `#[close]`.
    /// - `max_history_topics`: topics whose history was dropped for that of another topic.
    /// - `max_history_bytes`: topics whose messages were dropped because all histories together had too many bytes.
    /// - `max_pages`, `max_pages_per_session`: page sessions that ended because there were too many, and handshakes that
    ///   were rejected with 503.
    /// - `max_revoked_sessions`: sessions that were signed out, and that the server had to forget.
    pub limited: BTreeMap<&'static str, u64>,
    /// TLS handshakes that were completed.
    pub tls_handshakes: u64,
    /// TLS handshakes that failed, by reason. Reasons that have not occurred are absent. Those that a limit ended are in
    /// `limited`.
    ///
    /// - `plain_http`: the client sent a plain HTTP request to the TLS port, and got a 400 response.
    /// - `malformed`: the client sent something else that is not TLS, or violated its rules.
    /// - `incompatible`: client and server have no version, cipher or protocol in common.
    /// - `client_certificate`: the client's certificate is missing, or not one of your authorities issued it.
    /// - `refused`: the client ended the handshake with an alert, usually because it does not trust the certificate.
    /// - `closed`: the client closed the connection.
    pub tls_failed: BTreeMap<&'static str, u64>,
    /// Connections that sent TLS where the server expected plain HTTP, and got a 400 response in plain text.
    pub tls_to_plain: u64,
    /// HTTP/2 connections that failed, by reason. Reasons that have not occurred are absent. Those that a limit of yours
    /// ended are in `limited`.
    ///
    /// - `protocol`: the client violated the rules of HTTP/2.
    /// - `flood`: the client sent too many frames that cost it nothing: resets, empty or tiny data, pieces of a head.
    /// - `ping`: the client did not answer a ping within 20 s; see `Http2::ping`.
    /// - `goaway`: the client ended the connection with an error of its own.
    /// - `closed`: the client was gone.
    pub http2_failed: BTreeMap<&'static str, u64>,
    /// The time at which the server's own certificate expires. `None` without `App::tls`, or if you
    /// gave it a configuration of rustls.
    pub certificate_expires: Option<SystemTime>,
}

impl Stats {
    /// Returns how many connections ended with this [`Terminate::kind`], such as `"timeout"`.
    #[must_use]
    pub fn ended(&self, kind: &str) -> u64 {
        self.ended.get(kind).copied().unwrap_or(0)
    }

    /// Returns how many requests were rejected with this status; see [`rejected`](#structfield.rejected).
    #[must_use]
    pub fn rejected(&self, status: u16) -> u64 {
        self.rejected.get(&status).copied().unwrap_or(0)
    }

    /// Returns how often the limit with this name applied; see [`limited`](#structfield.limited).
    #[must_use]
    pub fn limited(&self, name: &str) -> u64 {
        self.limited.get(name).copied().unwrap_or(0)
    }

    /// Returns how many TLS handshakes failed for this reason; see [`tls_failed`](#structfield.tls_failed).
    #[must_use]
    pub fn tls_failed(&self, reason: &str) -> u64 {
        self.tls_failed.get(reason).copied().unwrap_or(0)
    }

    /// Returns how many HTTP/2 connections failed for this reason; see [`http2_failed`](#structfield.http2_failed).
    #[must_use]
    pub fn http2_failed(&self, reason: &str) -> u64 {
        self.http2_failed.get(reason).copied().unwrap_or(0)
    }
}

/// The reasons that [`Stats::tls_failed`] counts.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "without TLS no handshake fails"))]
pub(crate) enum TlsFailure {
    PlainHttp,
    Malformed,
    Incompatible,
    ClientCertificate,
    Refused,
    Closed,
}

impl TlsFailure {
    /// The names, in the order of the variants.
    const NAMES: [&'static str; 6] =
        ["plain_http", "malformed", "incompatible", "client_certificate", "refused", "closed"];

    /// Returns the name.
    #[cfg(feature = "tls")]
    pub(crate) const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// The reasons that [`Stats::http2_failed`] counts.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "http2"), expect(dead_code, reason = "without HTTP/2 no connection of it fails"))]
pub(crate) enum Http2Failure {
    Protocol,
    Flood,
    Ping,
    GoAway,
    Closed,
}

impl Http2Failure {
    /// The names, in the order of the variants.
    const NAMES: [&'static str; 5] = ["protocol", "flood", "ping", "goaway", "closed"];

    /// Returns the name.
    #[cfg(feature = "http2")]
    pub(crate) const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// The limits that [`Stats::limited`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Connections,
    ConnectionsPerAddress,
    HalfOpen,
    HttpRequests,
    RequestHead,
    HttpReadTimeout,
    HttpWriteTimeout,
    #[cfg_attr(not(feature = "http2"), expect(dead_code, reason = "HTTP/2 reaches it"))]
    Resets,
    Descriptors,
    Fragments,
    Rate,
    AddressRate,
    MessageTimeout,
    WriteTimeout,
    CloseTimeout,
    InitTimeout,
    TerminateTimeout,
    HistoryTopics,
    HistoryBytes,
    #[cfg(feature = "pages")]
    Pages,
    #[cfg(feature = "pages")]
    PagesPerSession,
    #[cfg(feature = "pages")]
    RevokedSessions,
}

impl Limit {
    /// The names, in the order of the variants.
    const NAMES: [&'static str; 22] = [
        "max_connections",
        "max_connections_per_address",
        "max_half_open",
        "max_http_requests",
        "request_head",
        "http_read_timeout",
        "http_write_timeout",
        "max_resets",
        "descriptors",
        "max_fragments",
        "rate_limit",
        "rate_limit_per_address",
        "message_timeout",
        "write_timeout",
        "close_timeout",
        "init_timeout",
        "terminate_timeout",
        "max_history_topics",
        "max_history_bytes",
        "max_pages",
        "max_pages_per_session",
        "max_revoked_sessions",
    ];

    /// Returns the name.
    pub(crate) const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// The counters behind [`Stats`]. A connection adds to them once for each burst, and not for each message.
#[derive(Default)]
pub(crate) struct Counters {
    open: AtomicU64,
    opened: AtomicU64,
    messages_in: AtomicU64,
    messages_out: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    dropped: AtomicU64,
    published: AtomicU64,
    topics: AtomicU64,
    subscriptions: AtomicU64,
    histories: AtomicUsize,
    history_bytes: AtomicUsize,
    recovered: AtomicU64,
    not_recovered: AtomicU64,
    pages: AtomicU64,
    aborted: AtomicU64,
    ended: [AtomicU64; Terminate::KINDS.len()],
    rejected: Mutex<BTreeMap<u16, u64>>,
    limited: [AtomicU64; Limit::NAMES.len()],
    tls_handshakes: AtomicU64,
    tls_failed: [AtomicU64; TlsFailure::NAMES.len()],
    tls_to_plain: AtomicU64,
    http2_failed: [AtomicU64; Http2Failure::NAMES.len()],
}

impl Counters {
    pub(crate) fn opened(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self, reason: &Terminate) {
        self.ended[reason.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection that has closed. Returns the number of those that are still open.
    pub(crate) fn closed(&self) -> u64 {
        self.open.fetch_sub(1, Ordering::AcqRel) - 1
    }

    pub(crate) fn open(&self) -> u64 {
        self.open.load(Ordering::Acquire)
    }

    pub(crate) fn dropped(&self, count: u64) {
        self.dropped.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn published(&self) {
        self.published.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a new subscription, which may be the first of its topic.
    pub(crate) fn entered(&self, first: bool) {
        self.subscriptions.fetch_add(1, Ordering::Relaxed);
        self.topics.fetch_add(u64::from(first), Ordering::Relaxed);
    }

    /// Counts a subscription that has ended, which may be the last of its topic.
    pub(crate) fn left(&self, last: bool) {
        self.subscriptions.fetch_sub(1, Ordering::Relaxed);
        self.topics.fetch_sub(u64::from(last), Ordering::Relaxed);
    }

    /// Counts a topic that begins to keep a history.
    pub(crate) fn history_begun(&self) {
        self.histories.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a history that was dropped, with the size of its messages.
    pub(crate) fn history_ended(&self, bytes: usize) {
        self.histories.fetch_sub(1, Ordering::Relaxed);
        self.history_changed(bytes, 0);
    }

    /// Counts the messages of a history, which had `before` bytes.
    pub(crate) fn history_changed(&self, before: usize, bytes: usize) {
        if bytes >= before {
            self.history_bytes.fetch_add(bytes - before, Ordering::Relaxed);
        } else {
            self.history_bytes.fetch_sub(before - bytes, Ordering::Relaxed);
        }
    }

    /// Returns the number of topics that have a history.
    pub(crate) fn histories(&self) -> usize {
        self.histories.load(Ordering::Relaxed)
    }

    /// Returns the size of the messages of all histories, in bytes.
    pub(crate) fn history_bytes(&self) -> usize {
        self.history_bytes.load(Ordering::Relaxed)
    }

    /// Counts a subscription from a position.
    pub(crate) fn recovered(&self, recovered: bool) {
        let counter = if recovered { &self.recovered } else { &self.not_recovered };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a page session that has begun.
    #[cfg(feature = "pages")]
    pub(crate) fn page_began(&self) {
        self.pages.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a page session that has ended.
    #[cfg(feature = "pages")]
    pub(crate) fn page_ended(&self) {
        self.pages.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn aborted(&self) {
        self.aborted.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn rejected(&self, status: u16) {
        *self.rejected.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_default() += 1;
    }

    pub(crate) fn limited(&self, limit: Limit) {
        self.limited[limit as usize].fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(feature = "tls")]
    pub(crate) fn tls_handshake(&self, failure: Option<TlsFailure>) {
        let counter = failure.map_or(&self.tls_handshakes, |failure| &self.tls_failed[failure as usize]);
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn tls_to_plain(&self) {
        self.tls_to_plain.fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(feature = "http2")]
    pub(crate) fn http2_failed(&self, failure: Http2Failure) {
        self.http2_failed[failure as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn passed(&self, traffic: Traffic) {
        let add = |counter: &AtomicU64, amount: u64| {
            if amount > 0 {
                counter.fetch_add(amount, Ordering::Relaxed);
            }
        };
        add(&self.messages_in, traffic.messages_in);
        add(&self.messages_out, traffic.messages_out);
        add(&self.bytes_in, traffic.bytes_in);
        add(&self.bytes_out, traffic.bytes_out);
    }

    pub(crate) fn snapshot(&self) -> Stats {
        // Neither `collect`, which sorts, nor generic, so that little code is compiled.
        fn named(names: &[&'static str], counters: &[AtomicU64]) -> BTreeMap<&'static str, u64> {
            let mut counts = BTreeMap::new();
            for (name, counter) in names.iter().zip(counters) {
                let count = counter.load(Ordering::Relaxed);
                if count > 0 {
                    counts.insert(*name, count);
                }
            }
            counts
        }
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            open: get(&self.open),
            opened: get(&self.opened),
            messages_in: get(&self.messages_in),
            messages_out: get(&self.messages_out),
            bytes_in: get(&self.bytes_in),
            bytes_out: get(&self.bytes_out),
            dropped: get(&self.dropped),
            published: get(&self.published),
            topics: get(&self.topics),
            subscriptions: get(&self.subscriptions),
            histories: self.histories() as u64,
            history_bytes: self.history_bytes() as u64,
            recovered: get(&self.recovered),
            not_recovered: get(&self.not_recovered),
            pages: get(&self.pages),
            aborted: get(&self.aborted),
            ended: named(&Terminate::KINDS, &self.ended),
            rejected: self.rejected.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            limited: named(&Limit::NAMES, &self.limited),
            tls_handshakes: get(&self.tls_handshakes),
            tls_failed: named(&TlsFailure::NAMES, &self.tls_failed),
            tls_to_plain: get(&self.tls_to_plain),
            http2_failed: named(&Http2Failure::NAMES, &self.http2_failed),
            certificate_expires: None,
        }
    }
}
