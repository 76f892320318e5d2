//! The token buckets of a rate limit: one for messages and one for bytes, each kept as the time at which it is full again
//! (GCRA). Nothing runs while a client is silent.

use std::time::Duration;

use crate::shared::clock::Moment;
use crate::shared::rate_limit::{Exceeded, RateLimit};

/// The longest time for which reading waits.
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Buckets {
    messages: Option<Bucket>,
    bytes: Option<Bucket>,
    exceeded: Exceeded,
}

impl Buckets {
    /// Creates the buckets of `limit`, which are full. Returns `None` if it limits nothing.
    pub(crate) fn new(limit: &RateLimit, now: Moment) -> Option<Self> {
        let messages = limit.messages.map(|rate| {
            let (rate, burst) = (u64::from(rate), u64::from(limit.burst.unwrap_or(rate)));
            // The last message of a burst needs a whole token.
            Bucket::new(rate, burst.saturating_sub(1), now)
        });
        let bytes = limit.bytes.map(|rate| {
            // A message of any size is admitted while there is something left.
            Bucket::new(rate as u64, limit.bytes_burst.unwrap_or(rate) as u64, now)
        });
        let limits = messages.is_some() || bytes.is_some();
        limits.then_some(Self { messages, bytes, exceeded: limit.exceeded })
    }

    /// Returns whether reading waits once the limit is exceeded.
    pub(crate) fn waits(&self) -> bool {
        self.exceeded == Exceeded::Wait
    }

    /// Returns whether the next message is dropped or closes the connection, and the text for the client.
    pub(crate) fn refuses(&self, now: Moment) -> Option<(Exceeded, String)> {
        let over = |bucket: &Option<Bucket>, unit| {
            let bucket = bucket.as_ref().filter(|bucket| bucket.ready(now) > now)?;
            Some((self.exceeded, format!("more than {} {unit} per second", bucket.rate)))
        };
        if self.waits() {
            return None;
        }
        over(&self.messages, "messages").or_else(|| over(&self.bytes, "bytes"))
    }

    /// Takes the tokens of as many `messages`, and of `len` bytes. Those that were `counted` as they arrived are paid
    /// for if reading waits. Returns the time before which nothing more is read.
    pub(crate) fn take(&mut self, messages: u64, len: usize, counted: usize, now: Moment) -> Option<Moment> {
        if let Some(bucket) = &mut self.messages {
            bucket.take(messages, now);
        }
        self.take_bytes(if self.waits() { len.saturating_sub(counted) } else { len }, now)
    }

    /// Takes what bytes cost that have arrived. Returns the time before which nothing more is read.
    pub(crate) fn take_bytes(&mut self, bytes: usize, now: Moment) -> Option<Moment> {
        if let Some(bucket) = &mut self.bytes {
            bucket.take(bytes as u64, now);
        }
        self.wait(now)
    }

    /// Takes the token of one message in advance, if reading waits already. Returns the time before which nothing is read.
    pub(crate) fn reserve(&mut self, now: Moment) -> Option<Moment> {
        let turn = self.wait(now)?;
        self.take(1, 0, 0, now);
        Some(turn)
    }

    /// Returns the time before which nothing more is read.
    fn wait(&self, now: Moment) -> Option<Moment> {
        let ready = self.each().map(|bucket| bucket.ready(now)).max();
        ready.filter(|ready| self.waits() && *ready > now)
    }

    /// Returns whether the burst is refilled.
    pub(crate) fn are_full(&self, now: Moment) -> bool {
        self.each().all(|bucket| bucket.full_at <= now)
    }

    fn each(&self) -> impl Iterator<Item = &Bucket> {
        [&self.messages, &self.bytes].into_iter().flatten()
    }
}

/// A token bucket.
#[derive(Debug)]
struct Bucket {
    /// The tokens per second.
    rate: u64,
    /// How long the bucket takes to be filled, in nanoseconds: a `Duration` has 8 bytes more.
    fill: u64,
    /// The time at which it is full.
    full_at: Moment,
}

impl Bucket {
    fn new(rate: u64, burst: u64, now: Moment) -> Self {
        let rate = rate.max(1);
        Self { rate, fill: nanos(burst, rate), full_at: now }
    }

    /// Takes `count` tokens. The bucket may owe some afterwards, as many as it gets in [`LONGEST`].
    fn take(&mut self, count: u64, now: Moment) {
        let full_at = self.full_at.max(now).later(Duration::from_nanos(nanos(count, self.rate)));
        self.full_at = full_at.min(now.later(self.fill()).later(LONGEST));
    }

    /// Returns the time from which on tokens can be taken, which is not after `now` if there are some.
    fn ready(&self, now: Moment) -> Moment {
        let left = self.full_at.since(now);
        now.later(left.saturating_sub(self.fill()))
    }

    const fn fill(&self) -> Duration {
        Duration::from_nanos(self.fill)
    }
}

/// Returns how many nanoseconds `count` tokens take at `rate` per second.
fn nanos(count: u64, rate: u64) -> u64 {
    let nanos = u128::from(count) * 1_000_000_000 / u128::from(rate);
    u64::try_from(nanos).unwrap_or(u64::MAX)
}
