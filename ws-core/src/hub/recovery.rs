//! The result of a subscription from a position.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::position::Position;

/// The result of [`Context::subscribe_from`](crate::Context::subscribe_from): whether the client receives all messages
/// that it missed, or none of them.
///
/// As JSON it is `{"recovered":true,"missed":3,"position":"…"}`, or `{"recovered":false,"reason":"too_old","position":"…"}`
/// with the [name](NotRecovered::name) of the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a client that is not recovered has to load its state anew"]
#[non_exhaustive]
pub struct Recovery {
    /// The position of the topic behind the messages that the client missed. The next message that is published follows
    /// it.
    pub position: Position,
    /// The number of messages that the client missed and that are queued for it now, or the reason why it receives none
    /// of them.
    pub missed: Result<usize, NotRecovered>,
}

/// Why a client does not receive the messages that it missed. It is subscribed nevertheless, and receives the messages
/// that are published from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotRecovered {
    /// No position was given: the client is here for the first time.
    NoPosition,
    /// The history no longer has all messages after the position: a limit of its [`History`](crate::History), or
    /// [`App::max_history_bytes`](crate::App::max_history_bytes), dropped some.
    TooOld,
    /// The position is of another history: the program has restarted, or the history of the topic was dropped and began
    /// anew.
    OtherEpoch,
    /// The topic has not reached this position yet: the client sent a position that it never received.
    Ahead,
    /// The connection has not sent the messages of other topics yet that its client missed, and together with those of
    /// this one they would have more than 16 MiB.
    TooMuch,
    /// The connection is subscribed to the topic already. [Unsubscribe](crate::Context::unsubscribe) first to receive
    /// messages again.
    Subscribed,
    /// The connection is closing, and receives nothing more.
    Closing,
}

impl fmt::Display for NotRecovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPosition => f.write_str("no position was given"),
            Self::TooOld => f.write_str("the position is too old"),
            Self::OtherEpoch => f.write_str("the position is of another epoch"),
            Self::Ahead => f.write_str("no message has this position yet"),
            Self::TooMuch => f.write_str("too much is being replayed on this connection already"),
            Self::Subscribed => f.write_str("the connection is subscribed already"),
            Self::Closing => f.write_str("the connection is closing"),
        }
    }
}

impl std::error::Error for NotRecovered {}

impl NotRecovered {
    /// Returns a short name of the reason, for clients, logs and metrics: `no_position`, `too_old`, `other_epoch`,
    /// `ahead`, `too_much`, `subscribed` or `closing`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoPosition => "no_position",
            Self::TooOld => "too_old",
            Self::OtherEpoch => "other_epoch",
            Self::Ahead => "ahead",
            Self::TooMuch => "too_much",
            Self::Subscribed => "subscribed",
            Self::Closing => "closing",
        }
    }
}

impl Recovery {
    /// Returns `true` if the client receives all messages after its position, each once and in order.
    #[must_use]
    pub const fn is_recovered(&self) -> bool {
        self.missed.is_ok()
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.missed {
            Ok(missed) => write!(f, "recovered {missed} messages"),
            Err(reason) => write!(f, "not recovered: {reason}"),
        }
    }
}

impl Serialize for Recovery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Recovery", 3)?;
        fields.serialize_field("recovered", &self.is_recovered())?;
        match self.missed {
            Ok(missed) => fields.serialize_field("missed", &missed)?,
            Err(reason) => fields.serialize_field("reason", reason.name())?,
        }
        fields.serialize_field("position", &self.position)?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_reads_whether_it_is_recovered() {
        let position = Position::new(10, 4);
        let json = |missed| serde_json::to_string(&Recovery { position, missed }).unwrap();
        assert_eq!(json(Ok(3)), r#"{"recovered":true,"missed":3,"position":"a-4"}"#);
        let too_old = json(Err(NotRecovered::TooOld));
        assert_eq!(too_old, r#"{"recovered":false,"reason":"too_old","position":"a-4"}"#);
    }
}
