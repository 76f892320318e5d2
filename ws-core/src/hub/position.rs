//! A position in the history of a topic, and the short text that clients keep.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A position in the history of a topic: after one of its messages, and before the next.
///
/// As text, and in JSON, it is one short string such as `9f86d081884c7d65-1042`, of letters, digits and a `-`, so it fits
/// into the query of a URL as it is. Clients send back the last one that they received, and need not read it.
///
/// Positions come from the [message](crate::Stamp), from [`Recovery::position`](crate::Recovery::position),
/// [`Hub::position`](crate::Hub::position) and [`DeliveryCounts::position`](crate::DeliveryCounts::position).
///
/// Two positions compare if they are of the same [epoch](Self::epoch).
///
/// ```
/// use ws_core::Position;
///
/// let position: Position = "9f86d081884c7d65-1042".parse()?;
/// assert_eq!(position.offset(), 1042);
/// assert_eq!(position.to_string(), "9f86d081884c7d65-1042");
/// assert!("1042".parse::<Position>().is_err());
/// # Ok::<(), ws_core::InvalidPosition>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    epoch: u64,
    offset: u64,
}

/// The text is no [`Position`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPosition(());

impl fmt::Display for InvalidPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a position in the history of a topic; send one back as it was received, such as \
             `9f86d081884c7d65-1042`",
        )
    }
}

impl std::error::Error for InvalidPosition {}

impl Position {
    pub(super) const fn new(epoch: u64, offset: u64) -> Self {
        Self { epoch, offset }
    }

    /// Returns the number of the message before this position. The first message of an epoch has number 1, and each
    /// message the number of the one before it plus 1. It is 0 before the first.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the epoch, a random number that stands for the life of one history. A topic has another one after a
    /// restart of the program, and after its history was dropped.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Returns the position before the last `messages` messages, or the start of the epoch if there are fewer. Subscribe a
    /// client from there that is here for the first time and needs the latest messages.
    ///
    /// The history has to keep more than that: a client that subscribes from before its first message is
    /// [not recovered](crate::NotRecovered::TooOld).
    ///
    /// ```
    /// use ws_core::Position;
    ///
    /// let position: Position = "9f86d081884c7d65-1042".parse()?;
    /// assert_eq!(position.before(50).to_string(), "9f86d081884c7d65-992");
    /// # Ok::<(), ws_core::InvalidPosition>(())
    /// ```
    #[must_use]
    pub const fn before(&self, messages: u64) -> Self {
        Self { epoch: self.epoch, offset: self.offset.saturating_sub(messages) }
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.epoch == other.epoch).then(|| self.offset.cmp(&other.offset))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.epoch, self.offset)
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Position({self})")
    }
}

impl FromStr for Position {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let parse = || {
            let (epoch, offset) = text.split_once('-')?;
            Some(Self { epoch: u64::from_str_radix(epoch, 16).ok()?, offset: offset.parse().ok()? })
        };
        // One position has one text: no leading zeros, no `+`, no capitals.
        parse().filter(|position| position.is_written(text)).ok_or(InvalidPosition(()))
    }
}

impl Position {
    fn is_written(&self, text: &str) -> bool {
        text.len() <= 37 && self.to_string() == text
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Position;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a position in the history of a topic, such as \"9f86d081884c7d65-1042\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Position, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_the_text_that_it_was_written_as() {
        for position in [Position::new(0, 0), Position::new(0xab, 42), Position::new(u64::MAX, u64::MAX)] {
            assert_eq!(position.to_string().parse(), Ok(position));
            let json = serde_json::to_string(&position).unwrap();
            assert_eq!(json, format!("\"{position}\""));
            assert_eq!(serde_json::from_str::<Position>(&json).unwrap(), position);
        }
    }

    #[test]
    fn other_texts_are_an_error() {
        let long = "1".repeat(100_000);
        for text in [
            "",
            "-",
            "1",
            "1-",
            "-1",
            "1-2-3",
            "x-1",
            "1-x",
            "01-1",
            "1-01",
            "A-1",
            "+1-1",
            "1-+1",
            "1- 1",
            "1-1 ",
            "10000000000000000-1",
            "1-18446744073709551616",
            "ü-1",
            &long,
        ] {
            assert_eq!(text.parse::<Position>(), Err(InvalidPosition(())), "{text}");
        }
        for json in ["1", "null", "[1,2]", "\"1\""] {
            assert!(serde_json::from_str::<Position>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn positions_of_one_epoch_compare() {
        assert!(Position::new(1, 2) < Position::new(1, 3));
        assert_eq!(Position::new(1, 2).partial_cmp(&Position::new(2, 3)), None);
        assert_eq!(Position::new(1, 7).before(3), Position::new(1, 4));
        assert_eq!(Position::new(1, 7).before(8), Position::new(1, 0));
    }
}
