//! The state of a connection's rate limit: a token bucket for messages and one for bytes, each kept as the time at which
//! it is full again (GCRA). Nothing runs while a client is silent.

use std::time::Duration;

use crate::message::Incoming;
use crate::shared::clock::Moment;
use crate::shared::rate_limit::{Exceeded, RateLimit};

/// The longest time for which reading waits.
const LONGEST: Duration = Duration::from_secs(60);
/// The largest number of pongs that may still come.
const PONGS: u8 = 16;

pub(super) struct Rate {
    messages: Option<Bucket>,
    bytes: Option<Bucket>,
    exceeded: Exceeded,
    /// The bytes of the incomplete message that are counted already.
    counted: usize,
    /// The heartbeat's pings that were not answered yet.
    pongs: u8,
}

/// The fate of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Admitted,
    /// Admitted, and nothing more is read before this time.
    AdmittedUntil(Moment),
    Dropped,
    /// The connection closes, for this reason.
    Closed(String),
}

impl Rate {
    /// Creates the state of `limit`. Returns `None` if it limits nothing.
    pub(super) fn new(limit: &RateLimit, now: Moment) -> Option<Self> {
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
        limits.then_some(Self { messages, bytes, exceeded: limit.exceeded, counted: 0, pongs: 0 })
    }

    /// Notes that a ping is sent. The client's answer is free.
    pub(super) const fn pinged(&mut self) {
        if self.pongs < PONGS {
            self.pongs += 1;
        }
    }

    /// Counts a complete message.
    pub(super) fn admit(&mut self, message: &Incoming<'_>, now: Moment) -> Admission {
        if matches!(message, Incoming::Pong(_)) && self.pongs > 0 {
            self.pongs -= 1;
            return Admission::Admitted;
        }
        // A control frame may come between the fragments of a message.
        let counted = if message.is_control() { 0 } else { std::mem::take(&mut self.counted) };
        if self.exceeded != Exceeded::Wait
            && let Some(over) = self.is_over(now)
        {
            return if self.exceeded == Exceeded::Drop {
                Admission::Dropped
            } else {
                Admission::Closed(over)
            };
        }
        if let Some(messages) = &mut self.messages {
            messages.take(1, now);
        }
        self.wait_after(message.len().saturating_sub(counted), now)
            .map_or(Admission::Admitted, Admission::AdmittedUntil)
    }

    /// Counts the `arrived` bytes of a message that is not complete. Returns the time before which nothing more is read.
    pub(super) fn arrived(&mut self, arrived: usize, now: Moment) -> Option<Moment> {
        if self.exceeded != Exceeded::Wait || arrived <= self.counted {
            return None;
        }
        let more = arrived - std::mem::replace(&mut self.counted, arrived);
        self.wait_after(more, now)
    }

    /// Returns the text for the client if it has exceeded the limit.
    fn is_over(&self, now: Moment) -> Option<String> {
        let over = |bucket: &Option<Bucket>, unit| {
            let bucket = bucket.as_ref().filter(|bucket| bucket.ready(now) > now)?;
            Some(format!("more than {} {unit} per second", bucket.rate))
        };
        over(&self.messages, "messages").or_else(|| over(&self.bytes, "bytes"))
    }

    fn wait_after(&mut self, bytes: usize, now: Moment) -> Option<Moment> {
        if let Some(bucket) = &mut self.bytes {
            bucket.take(bytes as u64, now);
        }
        if self.exceeded != Exceeded::Wait {
            return None;
        }
        let ready = [&self.messages, &self.bytes].into_iter().flatten().map(|bucket| bucket.ready(now)).max();
        ready.filter(|ready| *ready > now)
    }
}

/// A token bucket.
struct Bucket {
    /// The tokens per second.
    rate: u64,
    /// How long the bucket takes to be filled.
    fill: Duration,
    /// The time at which it is full.
    full_at: Moment,
}

impl Bucket {
    fn new(rate: u64, burst: u64, now: Moment) -> Self {
        let rate = rate.max(1);
        Self { rate, fill: duration(burst, rate), full_at: now }
    }

    /// Takes `count` tokens. The bucket may owe some afterwards, as many as it gets in [`LONGEST`].
    fn take(&mut self, count: u64, now: Moment) {
        let full_at = self.full_at.max(now).later(duration(count, self.rate));
        self.full_at = full_at.min(now.later(self.fill).later(LONGEST));
    }

    /// Returns the time from which on tokens can be taken, which is not after `now` if there are some.
    fn ready(&self, now: Moment) -> Moment {
        let left = self.full_at.since(now);
        now.later(left.saturating_sub(self.fill))
    }
}

/// Returns how long `count` tokens take at `rate` per second.
fn duration(count: u64, rate: u64) -> Duration {
    let nanos = u128::from(count) * 1_000_000_000 / u128::from(rate);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{ControlPayload, Message};

    const MS: Duration = Duration::from_millis(1);

    fn text(len: usize) -> Incoming<'static> {
        Message::from("x".repeat(len)).into()
    }

    fn pong() -> Incoming<'static> {
        Message::Pong(ControlPayload::new("").unwrap()).into()
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let start = Moment::now();
        let mut rate = Rate::new(&RateLimit::new().messages(10).burst(3), start).unwrap();
        for _ in 0..2 {
            assert_eq!(rate.admit(&text(1), start), Admission::Admitted);
        }
        assert_eq!(rate.admit(&text(1), start), Admission::AdmittedUntil(start.later(100 * MS)));
        let next = start.later(100 * MS);
        assert_eq!(rate.admit(&text(1), next), Admission::AdmittedUntil(start.later(200 * MS)));
        // After a silence, the burst is available again, and no more than that.
        let later = start.later(Duration::from_secs(3600));
        for _ in 0..2 {
            assert_eq!(rate.admit(&text(1), later), Admission::Admitted);
        }
        assert!(matches!(rate.admit(&text(1), later), Admission::AdmittedUntil(_)));
    }

    #[test]
    fn bytes_count_once_as_they_arrive() {
        let start = Moment::now();
        let mut rate = Rate::new(&RateLimit::new().bytes(1_000).bytes_burst(500), start).unwrap();
        assert_eq!(rate.arrived(400, start), None);
        assert_eq!(rate.arrived(400, start), None);
        assert_eq!(rate.arrived(800, start), Some(start.later(300 * MS)));
        // A ping between two fragments leaves the count of the message as it is.
        let ping: Incoming<'static> = Message::Ping(ControlPayload::new("").unwrap()).into();
        assert_eq!(rate.admit(&ping, start), Admission::AdmittedUntil(start.later(300 * MS)));
        assert_eq!(rate.admit(&text(900), start), Admission::AdmittedUntil(start.later(400 * MS)));
        assert_eq!(rate.admit(&text(100), start), Admission::AdmittedUntil(start.later(500 * MS)));
    }

    #[test]
    fn a_message_beyond_the_burst_is_admitted_and_paid_for_later() {
        let start = Moment::now();
        let limit = RateLimit::new().bytes(1_000).exceeded(Exceeded::Drop);
        let mut rate = Rate::new(&limit, start).unwrap();
        assert_eq!(rate.admit(&text(5_000), start), Admission::Admitted);
        assert_eq!(rate.admit(&text(1), start.later(3_999 * MS)), Admission::Dropped);
        assert_eq!(rate.admit(&text(1), start.later(4_000 * MS)), Admission::Admitted);
    }

    #[test]
    fn no_wait_is_longer_than_a_minute() {
        let start = Moment::now();
        let mut rate = Rate::new(&RateLimit::new().bytes(1).bytes_burst(10), start).unwrap();
        let until = Admission::AdmittedUntil(start.later(Duration::from_secs(60)));
        assert_eq!(rate.admit(&text(1 << 20), start), until);
    }

    #[test]
    fn an_answer_to_the_heartbeat_is_free() {
        let start = Moment::now();
        let limit = RateLimit::new().messages(1).exceeded(Exceeded::Close);
        let mut rate = Rate::new(&limit, start).unwrap();
        rate.pinged();
        assert_eq!(rate.admit(&pong(), start), Admission::Admitted);
        assert_eq!(rate.admit(&pong(), start), Admission::Admitted, "this one takes the token");
        let over = Admission::Closed("more than 1 messages per second".into());
        assert_eq!(rate.admit(&pong(), start), over);
    }

    #[test]
    fn extreme_rates_do_not_overflow() {
        let start = Moment::now();
        let slow = RateLimit::new().messages(1).burst(u32::MAX).bytes(1).bytes_burst(usize::MAX);
        assert_eq!(Rate::new(&slow, start).unwrap().admit(&text(1), start), Admission::Admitted);
        let fast = RateLimit::new().messages(u32::MAX).bytes(usize::MAX);
        assert_eq!(Rate::new(&fast, start).unwrap().admit(&text(1), start), Admission::Admitted);
        let clamped = RateLimit::new().messages(0).burst(0);
        let until = Admission::AdmittedUntil(start.later(Duration::from_secs(1)));
        assert_eq!(Rate::new(&clamped, start).unwrap().admit(&text(1), start), until);
        assert!(Rate::new(&RateLimit::new(), start).is_none());
    }
}
