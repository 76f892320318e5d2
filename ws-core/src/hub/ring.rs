//! The last messages of a topic, each with its offset.

use std::collections::VecDeque;
use std::sync::Arc;

use super::history::History;
use super::position::Position;
use super::recovery::NotRecovered;
use crate::connection::Published;
use crate::shared::clock::Moment;

/// The place of a ring in the order in which rings give way to others: whether its topic has subscribers, and when it was
/// last used.
pub(super) type Rank = (bool, Moment);

/// The last messages of a topic. Without messages it still knows its position, so that a client that has received all of
/// them is recovered.
pub(super) struct Ring {
    /// Unique in the app.
    pub(super) id: u64,
    epoch: u64,
    /// The offset of the last message that was published.
    head: u64,
    /// The last messages. The one at the back has the offset `head`, unless that one did not fit.
    messages: VecDeque<(Moment, Arc<Published>)>,
    /// The total weight of the messages.
    bytes: usize,
    /// When the ring was last used by a publisher or a subscriber.
    pub(super) used: Moment,
    /// Its place in the order of rings, which is brought up to date when a ring has to give way.
    pub(super) rank: Rank,
    /// The ring is in the list of those that have messages, at this time.
    pub(super) listed: Option<Moment>,
}

/// Messages that left a ring while a lock was held. They are dropped without it, because a payload may be of a user's
/// type.
#[derive(Default)]
pub(crate) struct Evicted {
    /// Most publishers evict one message, and need no list.
    one: Option<Arc<Published>>,
    more: Vec<Arc<Published>>,
}

impl Evicted {
    fn push(&mut self, message: Arc<Published>) {
        if self.one.is_none() {
            self.one = Some(message);
        } else {
            self.more.push(message);
        }
    }
}

impl IntoIterator for Evicted {
    type Item = Arc<Published>;
    type IntoIter = std::iter::Chain<std::option::IntoIter<Self::Item>, std::vec::IntoIter<Self::Item>>;

    fn into_iter(self) -> Self::IntoIter {
        self.one.into_iter().chain(self.more)
    }
}

impl Ring {
    pub(super) const fn new(id: u64, epoch: u64, now: Moment) -> Self {
        let rank = (false, now);
        Self { id, epoch, head: 0, messages: VecDeque::new(), bytes: 0, used: now, rank, listed: None }
    }

    /// Returns the position after the last message.
    pub(super) const fn position(&self) -> Position {
        Position::new(self.epoch, self.head)
    }

    /// Returns the position after the message that is published next.
    pub(super) const fn next_position(&self) -> Position {
        Position::new(self.epoch, self.head + 1)
    }

    /// Returns the total size of the messages, in bytes.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Adds a message, and removes those that the limits no longer allow.
    pub(super) fn push(
        &mut self,
        message: Arc<Published>,
        now: Moment,
        history: &History,
        evicted: &mut Evicted,
    ) {
        self.head += 1;
        self.used = now;
        self.bytes += message.weight();
        self.messages.push_back((now, message));
        while self.messages.len() > history.messages || self.bytes > history.bytes {
            self.pop(evicted);
        }
        self.expire(now, history, evicted);
    }

    /// Removes the messages that are too old.
    pub(super) fn expire(&mut self, now: Moment, history: &History, evicted: &mut Evicted) {
        let Some(age) = history.age else { return };
        while self.messages.front().is_some_and(|(at, _)| at.later(age) <= now) {
            self.pop(evicted);
        }
    }

    /// Removes all messages. The position stays.
    pub(super) fn clear(&mut self, evicted: &mut Evicted) {
        while !self.messages.is_empty() {
            self.pop(evicted);
        }
    }

    fn pop(&mut self, evicted: &mut Evicted) {
        let Some((_, message)) = self.messages.pop_front() else { return };
        self.bytes -= message.weight();
        if self.messages.is_empty() {
            // A quiet topic keeps no memory of a past burst.
            self.messages = VecDeque::new();
        }
        evicted.push(message);
    }

    /// Returns the time at which the last message is too old.
    pub(super) fn expires_at(&self, history: &History) -> Option<Moment> {
        let (last, _) = self.messages.back()?;
        Some(last.later(history.age.unwrap_or(std::time::Duration::MAX)))
    }

    /// Returns all messages after `position`.
    pub(super) fn since(&self, position: Position) -> Result<Vec<Arc<Published>>, NotRecovered> {
        if position.epoch() != self.epoch {
            return Err(NotRecovered::OtherEpoch);
        }
        let missed = self.head.checked_sub(position.offset()).ok_or(NotRecovered::Ahead)?;
        let missed = usize::try_from(missed).map_err(|_| NotRecovered::TooOld)?;
        let kept = self.messages.len().checked_sub(missed).ok_or(NotRecovered::TooOld)?;
        Ok(self.messages.range(kept..).map(|(_, message)| message.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::message::Message;

    const SECOND: Duration = Duration::from_secs(1);

    struct Test {
        ring: Ring,
        history: History,
        now: Moment,
    }

    impl Test {
        fn new(history: History) -> Self {
            let now = Moment::now();
            Self { ring: Ring::new(1, 7, now), history, now }
        }

        fn push(&mut self, text: &str) -> Vec<String> {
            let message = Arc::new(Published::new(text.into(), None));
            let mut evicted = Evicted::default();
            self.ring.push(message, self.now, &self.history, &mut evicted);
            evicted.into_iter().map(|message| text_of(&message)).collect()
        }

        /// Returns the texts after this offset, with a space between two of them.
        fn since(&self, offset: u64) -> Result<String, NotRecovered> {
            let messages = self.ring.since(Position::new(7, offset))?;
            Ok(messages.iter().map(|message| text_of(message)).collect::<Vec<_>>().join(" "))
        }

        fn expire(&mut self) {
            self.ring.expire(self.now, &self.history, &mut Evicted::default());
        }
    }

    fn text_of(message: &Published) -> String {
        match &message.prepared.message {
            Message::Text(text) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_messages_after_a_position_or_none() {
        let mut test = Test::new(History::new().messages(3));
        assert_eq!(test.ring.position(), Position::new(7, 0));
        assert_eq!((test.since(0), test.since(1)), (Ok(String::new()), Err(NotRecovered::Ahead)));
        for text in ["a", "b", "c"] {
            assert_eq!(test.push(text), [""; 0]);
        }
        assert_eq!(test.push("d"), ["a"]);
        assert_eq!(test.ring.position(), Position::new(7, 4));
        assert_eq!(test.since(0), Err(NotRecovered::TooOld));
        assert_eq!(test.since(1), Ok("b c d".to_owned()));
        assert_eq!(test.since(3), Ok("d".to_owned()));
        assert_eq!(test.since(4), Ok(String::new()));
        assert_eq!(test.since(5), Err(NotRecovered::Ahead));
        assert_eq!(test.since(u64::MAX), Err(NotRecovered::Ahead));
        assert_eq!(test.ring.since(Position::new(8, 4)).unwrap_err(), NotRecovered::OtherEpoch);
    }

    #[test]
    fn bytes_bound_a_ring_and_a_message_that_does_not_fit_leaves_no_gap() {
        let one = Published::new("12345".into(), None).weight();
        let mut test = Test::new(History::new().bytes(2 * one));
        for text in ["11111", "22222", "33333"] {
            test.push(text);
        }
        assert_eq!(test.ring.bytes(), 2 * one);
        assert_eq!((test.since(0), test.since(1)), (Err(NotRecovered::TooOld), Ok("22222 33333".to_owned())));
        test.push(&"x".repeat(2 * one));
        assert!(test.ring.is_empty() && test.ring.bytes() == 0);
        assert_eq!((test.since(3), test.since(4)), (Err(NotRecovered::TooOld), Ok(String::new())));
        test.push("5");
        assert_eq!((test.since(3), test.since(4)), (Err(NotRecovered::TooOld), Ok("5".to_owned())));
    }

    #[test]
    fn messages_expire_and_the_position_does_not() {
        let mut test = Test::new(History::new().age(10 * SECOND));
        test.push("a");
        test.now = test.now.later(6 * SECOND);
        test.push("b");
        assert_eq!(test.ring.expires_at(&test.history), Some(test.now.later(10 * SECOND)));
        test.now = test.now.later(4 * SECOND);
        test.expire();
        assert_eq!((test.since(0), test.since(1)), (Err(NotRecovered::TooOld), Ok("b".to_owned())));
        test.now = test.now.later(1_000_000 * SECOND);
        test.expire();
        assert!(test.ring.is_empty() && test.ring.bytes() == 0);
        assert_eq!((test.since(1), test.since(2)), (Err(NotRecovered::TooOld), Ok(String::new())));
        assert_eq!(test.ring.expires_at(&test.history), None);
    }
}
