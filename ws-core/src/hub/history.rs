//! The settings of a topic's history, and the stamp that carries positions to clients.

use std::fmt;
use std::time::Duration;

use super::position::Position;
use crate::message::Message;

/// The limits of the history of a topic, from which clients recover after a reconnect; see
/// [`App::history`](crate::App::history).
///
/// A topic keeps its last messages as long as all three limits allow. The oldest go first.
///
/// ```
/// use std::time::Duration;
/// use ws_core::prelude::*;
/// use ws_core::History;
///
/// let app = App::discover()
///     .history("news", History::new().messages(100).age(None))
///     .history("chat:*", History::new().bytes(4 << 20).age(Duration::from_secs(3600)).stamp_json());
/// ```
#[must_use = "give it to `App::history`"]
#[derive(Debug)]
pub struct History {
    pub(super) messages: usize,
    pub(super) bytes: usize,
    pub(super) age: Option<Duration>,
    pub(super) stamp: Stamping,
}

/// A function that adds the topic and the position to a message.
pub(super) enum Stamping {
    Off,
    /// That of [`History::stamp_json`], whose messages the client script understands.
    Json,
    By(Box<StampFn>),
}

type StampFn = dyn for<'a> Fn(Stamp<'a>, Message) -> Message + Send + Sync;

/// The topic of a message and the position after it, for [`History::stamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stamp<'a> {
    /// The topic that the message is published to.
    pub topic: &'a str,
    /// The position after this message. A client that has received the message sends it back to receive those that
    /// follow.
    pub position: Position,
}

impl History {
    /// Keeps 1,000 messages, 1 MiB and 5 minutes, and sends messages as they are published.
    pub const fn new() -> Self {
        Self { messages: 1_000, bytes: 1 << 20, age: Some(Duration::from_secs(300)), stamp: Stamping::Off }
    }

    /// Sets the largest number of messages. 1,000 by default.
    pub const fn messages(mut self, messages: usize) -> Self {
        self.messages = messages;
        self
    }

    /// Sets the largest total size of the messages, in bytes. 1 MiB by default. Each message counts with its payload and
    /// with about 50 bytes of its own. A larger message is sent and not kept, and neither are those before it.
    pub const fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Sets the age at which a message is dropped. 5 minutes by default; `None` keeps messages of any age.
    ///
    /// A client that has received all messages is recovered at any time, however old the last one is.
    pub fn age(mut self, age: impl Into<Option<Duration>>) -> Self {
        self.age = age.into();
        self
    }

    /// Adds the topic and the position to each message that is published, so that clients can keep the position of the
    /// last message that they received. The message that `stamp` returns is kept and sent to all subscribers.
    ///
    /// The publisher calls `stamp` once, and again if another thread has published to the topic in between. It should only
    /// build the message. If it panics, so does the publisher, and nothing is published. A ping, a pong or a close that it
    /// returns is ignored: the message goes out as it was.
    ///
    /// ```
    /// use ws_core::{History, Message};
    ///
    /// // The position in front of the payload, on a line of its own.
    /// let history = History::new().stamp(|stamp, message| match message {
    ///     Message::Text(text) => format!("{}\n{text}", stamp.position).into(),
    ///     other => other,
    /// });
    /// ```
    pub fn stamp<F>(mut self, stamp: F) -> Self
    where
        F: for<'a> Fn(Stamp<'a>, Message) -> Message + Send + Sync + 'static,
    {
        self.stamp = Stamping::By(Box::new(stamp));
        self
    }

    /// Adds the topic and the position to text messages, in JSON. An object gets two more members, so that the event
    /// `{"type":"say","data":"hello"}` goes out as `{"type":"say","data":"hello","topic":"…","position":"…"}`.
    ///
    /// Any other text becomes the string `data` of an object: `{"data":"hello","topic":"…","position":"…"}`. A text that
    /// begins with `{` and ends with `}` counts as an object. Binary messages go out as they are.
    pub fn stamp_json(mut self) -> Self {
        self.stamp = Stamping::Json;
        self
    }

    pub(super) const fn is_stamped(&self) -> bool {
        !matches!(self.stamp, Stamping::Off)
    }

    /// Returns the error text if a limit is out of range.
    pub(super) fn problem(&self) -> Option<&'static str> {
        if self.messages == 0 {
            Some("`messages` must be at least 1")
        } else if self.bytes == 0 {
            Some("`bytes` must be at least 1")
        } else if self.age == Some(Duration::ZERO) {
            Some("`age` must be greater than zero; use `None` to keep messages of any age")
        } else {
            None
        }
    }
}

impl Stamp<'_> {
    /// Returns `text` with the members `topic` and `position`.
    pub(super) fn into_json(self, text: &str) -> String {
        let string = |text: &str| serde_json::Value::from(text).to_string();
        let (topic, position) = (string(self.topic), self.position);
        let topic = format!("\"topic\":{topic}");
        let members = format!("{topic},\"position\":\"{position}\"}}");
        // JSON's own white space.
        let object = text.trim_matches([' ', '\t', '\n', '\r']);
        match object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(rest) if rest.trim_start().is_empty() => format!("{{{members}"),
            // `Hub::publish_event` has added the topic.
            Some(rest) if rest.ends_with(&topic) => format!("{{{rest},\"position\":\"{position}\"}}"),
            Some(rest) => format!("{{{rest},{members}"),
            None => format!("{{\"data\":{},{members}", string(text)),
        }
    }
}

impl Default for History {
    /// Returns [`History::new`].
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Stamping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "Off",
            Self::Json => "Json",
            Self::By(_) => "By(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_object_gets_two_members_and_any_other_text_becomes_one() {
        let stamp = Stamp { topic: "a\"b", position: Position::new(10, 4) };
        for (text, wanted) in [
            (r#"{"type":"say","data":1}"#, r#"{"type":"say","data":1,"topic":"a\"b","position":"a-4"}"#),
            (" {\n} \r\n", r#"{"topic":"a\"b","position":"a-4"}"#),
            (r#"{"type":"x","topic":"a\"b"}"#, r#"{"type":"x","topic":"a\"b","position":"a-4"}"#),
            ("say \"hi\"", r#"{"data":"say \"hi\"","topic":"a\"b","position":"a-4"}"#),
            ("", r#"{"data":"","topic":"a\"b","position":"a-4"}"#),
            ("{", r#"{"data":"{","topic":"a\"b","position":"a-4"}"#),
            ("[1]", r#"{"data":"[1]","topic":"a\"b","position":"a-4"}"#),
        ] {
            let json = stamp.into_json(text);
            assert_eq!(json, wanted, "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{text}");
        }
    }
}
