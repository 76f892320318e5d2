//! The published messages that a client missed while it was away.

use std::sync::Arc;
use std::vec;

use super::mail::Published;

/// Messages that are sent one after the other. The connections that missed a message share it.
#[derive(Debug)]
pub(crate) struct Replay {
    messages: vec::IntoIter<Arc<Published>>,
    /// The size of the messages that are left, in bytes.
    pub(super) bytes: usize,
}

impl Replay {
    pub(crate) fn new(messages: Vec<Arc<Published>>) -> Self {
        let bytes = messages.iter().map(|message| message.weight()).sum();
        Self { messages: messages.into_iter(), bytes }
    }
}

impl Iterator for Replay {
    type Item = Arc<Published>;

    fn next(&mut self) -> Option<Arc<Published>> {
        let message = self.messages.next()?;
        self.bytes -= message.weight();
        Some(message)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.messages.size_hint()
    }
}

impl ExactSizeIterator for Replay {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{Connection, Mail, Rejected, Request};
    use crate::message::{Close, Message};
    use crate::shared::Shared;
    use crate::shared::limits::{MailboxLimits, Overflow};

    fn message(text: &str) -> Arc<Published> {
        Arc::new(Published::new(text.into(), None))
    }

    fn connection() -> Connection {
        let limits = MailboxLimits { bytes: 1 << 20, messages: Some(2), overflow: Overflow::DropOldest };
        Connection::new(Arc::new(Shared::default()), Request::default(), limits)
    }

    fn replay(connection: &Connection, texts: &[&str]) {
        connection.replay(texts.iter().map(|text| message(text)).collect()).expect("room");
    }

    fn next(connection: &Connection) -> Option<String> {
        match connection.mailbox.take()? {
            Mail::Published(published) => match &published.prepared.message {
                Message::Text(text) => Some(text.to_string()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn all(connection: &Connection) -> Vec<String> {
        std::iter::from_fn(|| next(connection)).collect()
    }

    /// Messages after the replay overflow the mailbox, and those of the replay do not.
    #[test]
    fn a_replay_has_its_place_among_other_messages_and_no_overflow_drops_it() {
        let connection = connection();
        connection.mailbox.open();
        connection.push(Mail::Published(message("before")));
        replay(&connection, &["a", "b", "c"]);
        connection.push(Mail::Published(message("after")));
        assert_eq!(next(&connection).as_deref(), Some("before"));
        assert_eq!(next(&connection).as_deref(), Some("a"));
        connection.push(Mail::Published(message("later")));
        connection.push(Mail::Published(message("last")));
        assert_eq!(all(&connection), ["b", "c", "later", "last"]);
        assert!(!connection.mailbox.has_mail());
        assert_eq!(connection.shared.stats.snapshot().dropped, 1);
    }

    #[test]
    fn a_replay_of_the_greeting_keeps_its_place() {
        let connection = connection();
        for texts in [["a", "b"], ["c", "d"]] {
            connection.push(Mail::Published(message("between")));
            replay(&connection, &texts);
        }
        connection.mailbox.open();
        assert_eq!(all(&connection), ["between", "a", "b", "between", "c", "d"]);
    }

    #[test]
    fn several_replays_that_wait_are_bounded_and_one_is_not() {
        let connection = connection();
        let big = || vec![message(&"x".repeat(20 << 20)), message("small")];
        connection.replay(big()).expect("no other one waits");
        assert!(matches!(connection.replay(vec![message("a")]), Err(Rejected::TooMuch(_))));
        assert!(next(&connection).is_some());
        connection.replay(vec![message("a")]).expect("little waits");
        assert!(matches!(connection.replay(big()), Err(Rejected::TooMuch(_))));
        assert_eq!(all(&connection), ["small", "a"]);
        connection.close(Close::normal());
        assert!(matches!(connection.replay(vec![message("a")]), Err(Rejected::Shut(_))));
    }
}
