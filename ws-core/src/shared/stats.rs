//! What an app counts, and the snapshot of it that a program reads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::message::Terminate;

/// What passed on a connection since it was last counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) messages_in: u64,
    pub(crate) messages_out: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

/// Figures of an app since its start.
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
    /// Connections that live now, those included whose handshake or `terminate` is under way.
    pub open: u64,
    /// Connections whose `init` succeeded, since the start.
    pub opened: u64,
    /// Messages received, control frames included.
    pub messages_in: u64,
    /// Messages sent by handlers and sockets.
    pub messages_out: u64,
    /// Bytes read from sockets after the handshake.
    pub bytes_in: u64,
    /// Bytes written to sockets after the handshake.
    pub bytes_out: u64,
    /// Messages and infos that found a mailbox full.
    pub dropped: u64,
    /// Messages published to a topic, and broadcasts, however many heard them.
    pub published: u64,
    /// Topics that there are now: somebody is subscribed, present or watching.
    pub topics: u64,
    /// Subscriptions that there are now, each connection's to each of its topics; what it tracks and watches too.
    pub subscriptions: u64,
    /// Callbacks that were cut at the deadline of a drain.
    pub cut: u64,
    /// Connections ended, by [`Terminate::kind`]; kinds that never came are left out.
    pub ended: BTreeMap<&'static str, u64>,
    /// Requests for a handler, or for nothing at all, that were answered with plain HTTP, by status. What a router beside
    /// the handlers or a layer answers is not among them.
    pub rejected: BTreeMap<u16, u64>,
    /// How often a limit cut or refused something that no other figure tells apart, by the name of the limit; those
    /// that never did are left out. `max_connections` and `max_connections_per_address`: handshakes answered with 503.
    /// `max_half_open`: TCP connections cut before they sent the head of a request, `request_head`: those that took
    /// more than 10 s for it, `descriptors`: times that the system had none left for another connection.
    /// `max_fragments`, `message_timeout`, `write_timeout`: connections ended by them, `close_timeout`: those that were
    /// cut since the client did not close in time.
    pub limited: BTreeMap<&'static str, u64>,
}

impl Stats {
    /// How many connections ended with this [`Terminate::kind`].
    #[must_use]
    pub fn ended(&self, kind: &str) -> u64 {
        self.ended.get(kind).copied().unwrap_or(0)
    }

    /// How many handshakes were answered with this status.
    #[must_use]
    pub fn rejected(&self, status: u16) -> u64 {
        self.rejected.get(&status).copied().unwrap_or(0)
    }

    /// How often the limit of this name cut or refused something; see [`limited`](Self::limited).
    #[must_use]
    pub fn limited(&self, name: &str) -> u64 {
        self.limited.get(name).copied().unwrap_or(0)
    }
}

/// What [`Stats::limited`] counts.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    Connections,
    ConnectionsPerAddress,
    HalfOpen,
    RequestHead,
    Descriptors,
    Fragments,
    MessageTimeout,
    WriteTimeout,
    CloseTimeout,
}

impl Limit {
    /// In the order of the variants.
    const NAMES: [&'static str; 9] = [
        "max_connections",
        "max_connections_per_address",
        "max_half_open",
        "request_head",
        "descriptors",
        "max_fragments",
        "message_timeout",
        "write_timeout",
        "close_timeout",
    ];
}

/// The counters behind [`Stats`]: a connection adds to them once a burst, never once a message.
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
    cut: AtomicU64,
    ended: [AtomicU64; Terminate::KINDS.len()],
    rejected: Mutex<BTreeMap<u16, u64>>,
    limited: [AtomicU64; Limit::NAMES.len()],
}

impl Counters {
    pub(crate) fn opened(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self, reason: &Terminate) {
        self.ended[reason.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// One connection less is open; how many still are.
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

    /// A subscription more, which may be the first of its topic.
    pub(crate) fn entered(&self, first: bool) {
        self.subscriptions.fetch_add(1, Ordering::Relaxed);
        self.topics.fetch_add(u64::from(first), Ordering::Relaxed);
    }

    /// A subscription less, which may be the last of its topic.
    pub(crate) fn left(&self, last: bool) {
        self.subscriptions.fetch_sub(1, Ordering::Relaxed);
        self.topics.fetch_sub(u64::from(last), Ordering::Relaxed);
    }

    pub(crate) fn cut(&self) {
        self.cut.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn rejected(&self, status: u16) {
        *self.rejected.lock().unwrap_or_else(PoisonError::into_inner).entry(status).or_default() += 1;
    }

    pub(crate) fn limited(&self, limit: Limit) {
        self.limited[limit as usize].fetch_add(1, Ordering::Relaxed);
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
        fn named<const LEN: usize>(
            names: [&'static str; LEN],
            counters: &[AtomicU64; LEN],
        ) -> BTreeMap<&'static str, u64> {
            let counts = counters.iter().map(|counter| counter.load(Ordering::Relaxed));
            names.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
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
            cut: get(&self.cut),
            ended: named(Terminate::KINDS, &self.ended),
            rejected: self.rejected.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            limited: named(Limit::NAMES, &self.limited),
        }
    }
}
