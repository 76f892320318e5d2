//! The state of a connection's rate limits: its own, and that of its client's address.

use std::sync::Arc;

use crate::message::Incoming;
use crate::shared::address_rates::AddressRate;
use crate::shared::bucket::Buckets;
use crate::shared::clock::Moment;
use crate::shared::rate_limit::{Exceeded, RateLimit};
use crate::shared::stats::Limit;

/// The largest number of pongs that may still come.
const PONGS: u8 = 16;

pub(super) struct Rate {
    own: Option<Buckets>,
    address: Option<Box<OfAddress>>,
    /// The bytes of the incomplete message that are counted already.
    counted: usize,
    /// The heartbeat's pings that were not answered yet.
    pongs: u8,
}

/// The limit that the connection shares with the others of its client's address.
struct OfAddress {
    rate: Arc<AddressRate>,
    /// The connection reads nothing before its turn among those.
    turn: Option<Moment>,
    /// The next message is paid for: its turn was reserved.
    prepaid: bool,
}

/// The fate of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Admitted,
    /// Admitted, and nothing more is read for now.
    Last(Wait),
    Dropped(Limit),
    /// The connection closes, for this reason.
    Closed(Limit, String),
}

/// The time before which nothing is read, and the limit that was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) until: Moment,
    pub(super) limit: Limit,
}

impl Wait {
    fn of(until: Option<Moment>, limit: Limit) -> Option<Self> {
        until.map(|until| Self { until, limit })
    }

    /// Returns the longer one.
    fn longer(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        [one, other].into_iter().flatten().max_by_key(|wait| wait.until)
    }
}

impl Rate {
    /// Creates the state of the limits. Returns `None` if there are none.
    pub(super) fn new(
        own: Option<&RateLimit>,
        address: Option<Arc<AddressRate>>,
        now: Moment,
    ) -> Option<Self> {
        let own = own.and_then(|limit| Buckets::new(limit, now));
        let limits = own.is_some() || address.is_some();
        let address = address.map(|rate| {
            let turn = rate.buckets().reserve(now);
            Box::new(OfAddress { rate, turn, prepaid: turn.is_some() })
        });
        limits.then_some(Self { own, address, counted: 0, pongs: 0 })
    }

    /// Changes the connection's own limit. Returns `false` if none is left.
    pub(super) fn set_own(&mut self, limit: Option<&RateLimit>, now: Moment) -> bool {
        self.own = limit.and_then(|limit| Buckets::new(limit, now));
        self.own.is_some() || self.address.is_some()
    }

    /// Returns how long the connection waits for its turn among those of its address.
    pub(super) fn turn(&self, now: Moment) -> Option<Wait> {
        Wait::of(self.address.as_ref()?.turn.filter(|turn| *turn > now), Limit::AddressRate)
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
        if let Some((exceeded, why)) = self.own.as_ref().and_then(|own| own.refuses(now)) {
            return Admission::refused(exceeded, Limit::Rate, why);
        }
        let mut wait = None;
        // A message that one of the limits refuses costs nothing in the other.
        if let Some(address) = &mut self.address {
            let mut buckets = address.rate.buckets();
            if let Some((exceeded, why)) = buckets.refuses(now) {
                return Admission::refused(exceeded, Limit::AddressRate, why + " from your address");
            }
            let prepaid = std::mem::take(&mut address.prepaid);
            address.turn = buckets.take(u64::from(!prepaid), message.len(), counted, now);
            if prepaid {
                // Others have reserved the turns until then.
                address.turn = buckets.reserve(now);
                address.prepaid = address.turn.is_some();
            }
            wait = Wait::of(address.turn, Limit::AddressRate);
        }
        let own = self.own.as_mut().and_then(|own| own.take(1, message.len(), counted, now));
        Wait::longer(wait, Wait::of(own, Limit::Rate)).map_or(Admission::Admitted, Admission::Last)
    }

    /// Counts the `arrived` bytes of a message that is not complete. Returns how long nothing more is read.
    pub(super) fn arrived(&mut self, arrived: usize, now: Moment) -> Option<Wait> {
        if arrived <= self.counted {
            return None;
        }
        let more = arrived - std::mem::replace(&mut self.counted, arrived);
        // The other behaviors decide about whole messages.
        self.take_bytes(more, now, Buckets::waits)
    }

    /// Counts `bytes` of a message that is delivered in parts, and was admitted when it began. Returns how long nothing
    /// more is read.
    pub(super) fn streamed(&mut self, bytes: usize, now: Moment) -> Option<Wait> {
        self.take_bytes(bytes, now, |_| true)
    }

    /// Takes what bytes cost in the buckets that count them.
    fn take_bytes(&mut self, bytes: usize, now: Moment, counts: fn(&Buckets) -> bool) -> Option<Wait> {
        let take = |buckets: &mut Buckets| counts(buckets).then(|| buckets.take_bytes(bytes, now))?;
        let address = self.address.as_mut().and_then(|address| {
            address.turn = take(&mut address.rate.buckets());
            address.turn
        });
        let own = self.own.as_mut().and_then(take);
        Wait::longer(Wait::of(address, Limit::AddressRate), Wait::of(own, Limit::Rate))
    }
}

impl Admission {
    fn refused(exceeded: Exceeded, limit: Limit, why: String) -> Self {
        if exceeded == Exceeded::Drop { Self::Dropped(limit) } else { Self::Closed(limit, why) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::message::{ControlPayload, Message};

    const MS: Duration = Duration::from_millis(1);

    fn text(len: usize) -> Incoming<'static> {
        Message::from("x".repeat(len)).into()
    }

    fn of(limit: &RateLimit, now: Moment) -> Option<Rate> {
        Rate::new(Some(limit), None, now)
    }

    fn wait(until: Moment) -> Wait {
        Wait { until, limit: Limit::Rate }
    }

    fn until(time: Moment) -> Admission {
        Admission::Last(wait(time))
    }

    fn pong() -> Incoming<'static> {
        Message::Pong(ControlPayload::new("").unwrap()).into()
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let start = Moment::now();
        let mut rate = of(&RateLimit::new().messages(10).burst(3), start).unwrap();
        for _ in 0..2 {
            assert_eq!(rate.admit(&text(1), start), Admission::Admitted);
        }
        assert_eq!(rate.admit(&text(1), start), until(start.later(100 * MS)));
        let next = start.later(100 * MS);
        assert_eq!(rate.admit(&text(1), next), until(start.later(200 * MS)));
        // After a silence, the burst is available again, and no more than that.
        let later = start.later(Duration::from_secs(3600));
        for _ in 0..2 {
            assert_eq!(rate.admit(&text(1), later), Admission::Admitted);
        }
        assert!(matches!(rate.admit(&text(1), later), Admission::Last(_)));
    }

    #[test]
    fn bytes_count_once_as_they_arrive() {
        let start = Moment::now();
        let mut rate = of(&RateLimit::new().bytes(1_000).bytes_burst(500), start).unwrap();
        assert_eq!(rate.arrived(400, start), None);
        assert_eq!(rate.arrived(400, start), None);
        assert_eq!(rate.arrived(800, start), Some(wait(start.later(300 * MS))));
        // A ping between two fragments leaves the count of the message as it is.
        let ping: Incoming<'static> = Message::Ping(ControlPayload::new("").unwrap()).into();
        assert_eq!(rate.admit(&ping, start), until(start.later(300 * MS)));
        assert_eq!(rate.admit(&text(900), start), until(start.later(400 * MS)));
        assert_eq!(rate.admit(&text(100), start), until(start.later(500 * MS)));
    }

    #[test]
    fn a_message_beyond_the_burst_is_admitted_and_paid_for_later() {
        let start = Moment::now();
        let limit = RateLimit::new().bytes(1_000).exceeded(Exceeded::Drop);
        let mut rate = of(&limit, start).unwrap();
        assert_eq!(rate.admit(&text(5_000), start), Admission::Admitted);
        assert_eq!(rate.admit(&text(1), start.later(3_999 * MS)), Admission::Dropped(Limit::Rate));
        assert_eq!(rate.admit(&text(1), start.later(4_000 * MS)), Admission::Admitted);
    }

    #[test]
    fn no_wait_is_longer_than_a_minute() {
        let start = Moment::now();
        let mut rate = of(&RateLimit::new().bytes(1).bytes_burst(10), start).unwrap();
        let until = until(start.later(Duration::from_secs(60)));
        assert_eq!(rate.admit(&text(1 << 20), start), until);
    }

    #[test]
    fn an_answer_to_the_heartbeat_is_free() {
        let start = Moment::now();
        let limit = RateLimit::new().messages(1).exceeded(Exceeded::Close);
        let mut rate = of(&limit, start).unwrap();
        rate.pinged();
        assert_eq!(rate.admit(&pong(), start), Admission::Admitted);
        assert_eq!(rate.admit(&pong(), start), Admission::Admitted, "this one takes the token");
        let over = Admission::Closed(Limit::Rate, "more than 1 messages per second".into());
        assert_eq!(rate.admit(&pong(), start), over);
    }

    #[test]
    fn extreme_rates_do_not_overflow() {
        let start = Moment::now();
        let slow = RateLimit::new().messages(1).burst(u32::MAX).bytes(1).bytes_burst(usize::MAX);
        assert_eq!(of(&slow, start).unwrap().admit(&text(1), start), Admission::Admitted);
        let fast = RateLimit::new().messages(u32::MAX).bytes(usize::MAX);
        assert_eq!(of(&fast, start).unwrap().admit(&text(1), start), Admission::Admitted);
        let clamped = RateLimit::new().messages(0).burst(0);
        let until = until(start.later(Duration::from_secs(1)));
        assert_eq!(of(&clamped, start).unwrap().admit(&text(1), start), until);
        assert!(of(&RateLimit::new(), start).is_none());
    }
}
