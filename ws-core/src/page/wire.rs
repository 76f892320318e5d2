//! The messages between a page session and the client script, as JSON text.
//!
//! An event is `{"type":"say","data":…}`, with an `id` if it is a call, and with `seq` and `qos` if it is acknowledged.
//! Types that begin with `ws:` belong to the protocol itself: `ws:hello`, `ws:welcome`, `ws:ack`, `ws:subscribed`, `ws:ping`
//! and `ws:pong`. The book's chapter on page sessions describes them all.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::PageId;
use super::qos::Qos;
use crate::event::{Call, Envelope, JsonText, Problem};
use crate::hub::Position;

/// The names around the payload.
pub(crate) const ENVELOPE: Envelope = Envelope::of_pages();

pub(crate) const HELLO: &str = "ws:hello";
pub(crate) const ACK: &str = "ws:ack";
pub(crate) const PING: &str = "ws:ping";
/// The whole ping, as the client script writes it.
pub(super) const PING_TEXT: &str = r#"{"type":"ws:ping"}"#;

/// Adds the number of a message that the client acknowledges.
pub(super) fn numbered(text: &str, seq: u64, qos: Qos) -> String {
    let fields = text.strip_prefix('{').unwrap_or(text);
    format!("{{\"seq\":{seq},\"qos\":{},{fields}", qos.level())
}

/// Acknowledges all messages of the client up to `seq`.
pub(crate) fn ack(seq: u64) -> String {
    format!("{{\"type\":\"{ACK}\",\"seq\":{seq}}}")
}

/// Names the position at which a subscription begins, before any message has one.
pub(super) fn subscribed(topic: &str, position: Position) -> String {
    let topic = serde_json::to_string(topic).unwrap_or_default();
    format!("{{\"type\":\"ws:subscribed\",\"topic\":{topic},\"position\":\"{position}\"}}")
}

/// The beginning of a subscription.
#[derive(Debug)]
pub(super) struct Resubscribed {
    /// The client receives all messages that it missed: never without a history, or without a position.
    pub(super) recovered: bool,
    /// The position at which the subscription begins, if the client needs it.
    pub(super) position: Option<Position>,
}

/// Answers the hello of a client. `topics` are those that the page is subscribed to. `user` is the mark of the user, if one is signed in.
pub(super) fn welcome<'t>(
    (page, epoch): (PageId, u64),
    resumed: bool,
    received: u64,
    user: Option<&str>,
    topics: impl Iterator<Item = (&'t str, &'t Resubscribed)>,
) -> String {
    let mut text = format!(
        "{{\"type\":\"ws:welcome\",\"page\":\"{page}\",\"epoch\":\"{epoch:x}\",\"resumed\":{resumed},\
         \"received\":{received}"
    );
    if let Some(user) = user {
        text.extend([",\"user\":\"", user, "\""]);
    }
    text += ",\"topics\":{";
    for (at, (topic, Resubscribed { recovered, position })) in topics.enumerate() {
        text += if at == 0 { "" } else { "," };
        text += &serde_json::to_string(topic).unwrap_or_default();
        text += if *recovered { ":{\"recovered\":true" } else { ":{\"recovered\":false" };
        if let Some(position) = position {
            text.extend([",\"position\":\"", &*position.to_string(), "\""]);
        }
        text += "}";
    }
    text + "}}"
}

/// The hello of a client.
#[derive(Debug, Default)]
pub(crate) struct Hello {
    /// The highest number that the client has handled.
    pub(crate) received: u64,
    /// The epoch of the last welcome that the client has received, in JSON.
    epoch: Option<Box<str>>,
    /// The client's position in each topic, as the client wrote it.
    positions: BTreeMap<String, String>,
}

impl Hello {
    /// Returns whether the client knows the page session of this epoch, or sends none.
    pub(super) fn knows(&self, epoch: u64) -> bool {
        self.epoch.as_ref().is_none_or(|known| **known == *format!("\"{epoch:x}\""))
    }

    /// Returns the client's position in a topic, if it has a valid one.
    pub(super) fn position(&self, topic: &str) -> Option<Position> {
        self.positions.get(topic)?.parse().ok()
    }
}

/// The part of a welcome that the page itself does not know.
pub(super) struct Greeting<'g> {
    /// The page session was known.
    pub(super) resumed: bool,
    pub(super) hello: &'g Hello,
    /// The mark of the user.
    pub(super) user: Option<String>,
}

/// A message of a client.
#[derive(Debug, Default)]
pub(crate) struct ClientMessage<'a> {
    name: Option<Cow<'a, str>>,
    id: Option<&'a RawValue>,
    data: Option<&'a RawValue>,
    /// Its number, if it wants to be acknowledged.
    pub(crate) seq: Option<u64>,
    qos: u64,
    hello: Hello,
}

impl<'a> ClientMessage<'a> {
    /// Reads a message, in one pass.
    pub(crate) fn read(text: &'a str) -> Result<Self, Problem<'a>> {
        let mut json = serde_json::Deserializer::from_str(text);
        let read = json.deserialize_map(MessageVisitor).and_then(|read| json.end().map(|()| read));
        read.map_err(|error| Problem::of_envelope(&error))
    }

    /// Returns the type, or an empty text if there is none.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Returns how surely it is to arrive, and its answer with it.
    pub(crate) fn qos(&self) -> Qos {
        match Qos::of(self.qos) {
            Some(qos) if self.seq.is_some() => qos,
            _ => Qos::AtMostOnce,
        }
    }

    /// Returns the content of a hello.
    pub(crate) fn into_hello(self) -> Hello {
        self.hello
    }

    /// Returns the event.
    pub(crate) fn into_call(self, text: &'a str) -> Result<Call<'a>, Problem<'a>> {
        Call::of(text, self.name, self.id, self.data, ENVELOPE)
    }
}

struct MessageVisitor;

impl<'de> Visitor<'de> for MessageVisitor {
    type Value = ClientMessage<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the field `type`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut read = ClientMessage::default();
        while let Some(JsonText(key)) = map.next_key()? {
            let again = match &*key {
                "type" => {
                    let JsonText(name) = map.next_value()?;
                    read.name.replace(name).is_some()
                }
                "id" => read.id.replace(map.next_value()?).is_some(),
                "data" => read.data.replace(map.next_value()?).is_some(),
                "seq" => read.seq.replace(map.next_value()?).is_some(),
                "qos" => {
                    read.qos = map.next_value()?;
                    false
                }
                "received" => {
                    read.hello.received = map.next_value()?;
                    false
                }
                "epoch" => {
                    let epoch: &RawValue = map.next_value()?;
                    read.hello.epoch = Some(epoch.get().into());
                    false
                }
                "topics" => {
                    read.hello.positions = map.next_value()?;
                    false
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    false
                }
            };
            if again {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::page_event;

    #[test]
    fn events_have_their_payload_in_a_field() {
        assert_eq!(page_event("say", &json!({"a": 1}), None).unwrap(), r#"{"type":"say","data":{"a":1}}"#);
        let text = page_event("s\"ay", &(), Some("chat/\"red")).unwrap();
        assert_eq!(text, r#"{"type":"s\"ay","data":null,"topic":"chat/\"red"}"#);
        let numbered = numbered(&text, 7, Qos::ExactlyOnce);
        assert_eq!(numbered, r#"{"seq":7,"qos":2,"type":"s\"ay","data":null,"topic":"chat/\"red"}"#);
    }

    #[test]
    fn a_subscription_is_json() {
        let at = "f00-1".parse().unwrap();
        let read: serde_json::Value = serde_json::from_str(&subscribed("b\"c", at)).unwrap();
        assert_eq!(read, json!({"type": "ws:subscribed", "topic": "b\"c", "position": "f00-1"}));
    }

    #[test]
    fn a_welcome_is_json() {
        let page = PageId::random();
        let position = "f00-1".parse().ok();
        let topics = [
            ("a", &Resubscribed { recovered: true, position: None }),
            ("b\"c", &Resubscribed { recovered: false, position: None }),
            ("d", &Resubscribed { recovered: false, position }),
        ];
        let text = welcome((page, 0xab), true, 3, Some("a+/="), topics.into_iter());
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let topics = json!({"a": {"recovered": true}, "b\"c": {"recovered": false},
            "d": {"recovered": false, "position": "f00-1"}});
        let wanted = json!({"type": "ws:welcome", "page": page.to_string(), "epoch": "ab", "resumed": true,
            "received": 3, "user": "a+/=", "topics": topics});
        assert_eq!(read, wanted);
    }

    #[test]
    fn the_messages_of_a_client_are_read() {
        let text = r#"{"type":"say","id":7,"data":{"x":1},"seq":3,"qos":2}"#;
        let read = ClientMessage::read(text).unwrap();
        assert_eq!((read.name(), read.seq, read.qos()), ("say", Some(3), Qos::ExactlyOnce));
        let call = read.into_call(text).unwrap();
        assert_eq!(call.id().unwrap().get(), "7");
        assert_eq!(call.payload::<serde_json::Value>(ENVELOPE).unwrap(), json!({"x": 1}));
        let hello = r#"{"type":"ws:hello","received":5,"topics":{"a":"x","b":"f-7"}}"#;
        let hello = ClientMessage::read(hello).unwrap().into_hello();
        assert_eq!((hello.received, hello.position("a"), hello.position("c")), (5, None, None));
        assert_eq!(hello.position("b"), Some("f-7".parse().unwrap()));
        assert!(hello.knows(0xab), "it sends none");
        let of = |epoch| ClientMessage::read(epoch).unwrap().into_hello();
        assert!(of(r#"{"epoch":"ab"}"#).knows(0xab));
        assert!(!of(r#"{"epoch":"ab"}"#).knows(0xba) && !of(r#"{"epoch":7}"#).knows(7));
        let unnumbered = ClientMessage::read(r#"{"type":"say","qos":2}"#).unwrap();
        assert_eq!(unnumbered.qos(), Qos::AtMostOnce);
    }

    #[test]
    fn other_texts_are_problems() {
        for text in
            ["", "[]", "{", r#"{"type":"a","type":"b"}"#, r#"{"type":7}"#, r#"{"seq":-1}"#, r#"{"a":1} x"#]
        {
            assert!(ClientMessage::read(text).is_err(), "{text}");
        }
        let nameless = ClientMessage::read(r#"{"id":7}"#).unwrap().into_call("").unwrap_err();
        assert_eq!(nameless.id.unwrap().get(), "7");
        assert!(ClientMessage::read(r#"{"type":"a","id":[]}"#).unwrap().into_call("").is_err());
    }
}
