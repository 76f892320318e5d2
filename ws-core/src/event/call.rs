//! An event that a client sends.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::envelope::Envelope;
use super::fields::Fields;
use crate::message::BadPayload;

/// An event that a client sends. Its parts are borrowed from the text.
#[derive(Debug)]
#[doc(hidden)]
pub struct Call<'a> {
    text: &'a str,
    name: Cow<'a, str>,
    id: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
}

/// The reason why a message reaches no callback.
#[derive(Debug)]
#[doc(hidden)]
pub struct Problem<'a> {
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// Texts from a client are repeated up to this length, in bytes.
const REPEATED: usize = 200;

impl<'a> Call<'a> {
    /// Reads the envelope of a message, in one pass and without an allocation.
    ///
    /// # Errors
    /// Returns a problem if the text is not JSON, or not an object with the type of an event.
    pub fn read(text: &'a str, envelope: Envelope) -> Result<Self, Problem<'a>> {
        let mut json = serde_json::Deserializer::from_str(text);
        let head = HeadSeed(envelope).deserialize(&mut json).and_then(|head| json.end().map(|()| head));
        let Head { name, id, payload } = head.map_err(|error| Problem::of_envelope(&error))?;
        Self::of(text, name, id, payload, envelope)
    }

    /// Creates an event of its parts.
    pub(crate) fn of(
        text: &'a str,
        name: Option<Cow<'a, str>>,
        id: Option<&'a RawValue>,
        payload: Option<&'a RawValue>,
        envelope: Envelope,
    ) -> Result<Self, Problem<'a>> {
        let bad = |id, message| Problem { id, code: "bad_envelope", message };
        let id = match id.map(RawValue::get) {
            None | Some("null") => None,
            Some(written)
                if written
                    .starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit()) =>
            {
                id
            }
            Some(_) => return Err(bad(None, format!("`{}` is neither a string nor a number", envelope.id))),
        };
        match name {
            Some(name) => Ok(Self { text, name, id, payload }),
            None => Err(bad(id, format!("the field `{}` is missing", envelope.tag))),
        }
    }

    /// Returns the type of the event.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the id, as the client wrote it.
    #[must_use]
    pub const fn id(&self) -> Option<&'a RawValue> {
        self.id
    }

    /// Reads the payload, which may borrow from the text.
    ///
    /// # Errors
    /// Returns an error if the payload is not a `T`.
    pub fn payload<T: Deserialize<'a>>(self, envelope: Envelope) -> Result<T, BadPayload> {
        let read = match envelope.payload {
            Some(_) => serde_json::from_str(self.payload.map_or("null", RawValue::get)),
            None => T::deserialize(Fields::new(&mut serde_json::Deserializer::from_str(self.text), envelope)),
        };
        read.map_err(|error| BadPayload::new(shortened(format!("invalid `{}`: {error}", self.name))))
    }

    /// Returns the problem of an event that no callback takes.
    #[must_use]
    pub fn unknown(self) -> Problem<'a> {
        #[cfg(feature = "pages")]
        if super::is_reserved(&self.name) {
            // A message of the client script to a handler of the user's.
            let code = if self.name == Problem::PING { Problem::PING } else { Problem::IGNORED };
            return Problem { id: None, code, message: String::new() };
        }
        let message = shortened(format!("unknown type `{}`", self.name));
        Problem { id: self.id, code: "unknown_type", message }
    }
}

impl<'a> Problem<'a> {
    /// The code of a message of the client script that has no answer.
    pub(crate) const IGNORED: &'static str = "";
    /// The code of a message of the client script that asks whether the connection lives.
    pub(crate) const PING: &'static str = "ws:ping";

    /// Returns whether an `#[error]` of the handler receives it. The client script's own messages are not its business.
    #[must_use]
    pub fn is_for_handler(&self) -> bool {
        self.code != Self::IGNORED && self.code != Self::PING
    }

    /// Returns the problem of a text that is not an event.
    pub(crate) fn of_envelope(error: &serde_json::Error) -> Self {
        Self { id: None, code: "bad_envelope", message: shortened(format!("not an event: {error}")) }
    }

    /// Returns the problem of a payload that its callback cannot take.
    #[must_use]
    pub fn of_payload(id: Option<&'a RawValue>, bad: BadPayload) -> Self {
        Self { id, code: "bad_payload", message: bad.into_description() }
    }

    /// Returns the id of the event, if the client gave one.
    #[must_use]
    pub const fn id(&self) -> Option<&'a RawValue> {
        self.id
    }

    /// Returns the problem as the `#[error]` for bad payloads receives it.
    #[must_use]
    pub fn into_bad_payload(self) -> BadPayload {
        BadPayload::new(self.message)
    }
}

/// A client may send a long name, which is not worth repeating.
fn shortened(mut text: String) -> String {
    if text.len() > REPEATED {
        text.truncate(text.floor_char_boundary(REPEATED));
        text.push('…');
    }
    text
}

struct Head<'a> {
    name: Option<Cow<'a, str>>,
    id: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
}

/// Reads the fields of the envelope, and skips the others.
struct HeadSeed(Envelope);

impl<'de> DeserializeSeed<'de> for HeadSeed {
    type Value = Head<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Head<'de>, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeadSeed {
    type Value = Head<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the field `{}`", self.0.tag)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Head<'de>, A::Error> {
        let mut head = Head { name: None, id: None, payload: None };
        while let Some(Text(key)) = map.next_key()? {
            let again = if *key == *self.0.tag {
                let Text(name) = map.next_value()?;
                head.name.replace(name).is_some()
            } else if *key == *self.0.id {
                head.id.replace(map.next_value()?).is_some()
            } else if Some(&*key) == self.0.payload {
                head.payload.replace(map.next_value()?).is_some()
            } else {
                map.next_value::<IgnoredAny>()?;
                false
            };
            if again {
                return Err(A::Error::custom(format_args!("duplicate field `{key}`")));
            }
        }
        Ok(head)
    }
}

/// A string that is borrowed if it has no escapes.
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        json.deserialize_str(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BESIDE: Envelope = Envelope::new();
    const WITHIN: Envelope = Envelope::new().tag("op").id("ref").payload("payload");

    fn problem(text: &str, envelope: Envelope) -> (&'static str, String) {
        let problem = Call::read(text, envelope).expect_err("no event");
        (problem.code, problem.message)
    }

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Say<'a> {
        text: &'a str,
        #[serde(default)]
        times: Option<u8>,
    }

    #[test]
    fn the_fields_of_the_envelope_are_hidden_from_a_payload_beside_them() {
        let text = r#"{"text": "hi", "type": "say", "id": -7.5e3, "times": 2}"#;
        let call = Call::read(text, BESIDE).unwrap();
        assert_eq!((call.name(), call.id().unwrap().get()), ("say", "-7.5e3"));
        assert_eq!(call.payload::<Say<'_>>(BESIDE).unwrap(), Say { text: "hi", times: Some(2) });
    }

    #[test]
    fn a_payload_may_have_a_field_of_its_own() {
        let text = r#"{"op": "say", "ref": "a\"b", "payload": {"text": "hi"}, "type": "its own"}"#;
        let call = Call::read(text, WITHIN).unwrap();
        assert_eq!(call.id().unwrap().get(), r#""a\"b""#);
        assert_eq!(call.payload::<Say<'_>>(WITHIN).unwrap(), Say { text: "hi", times: None });
        let missing = Call::read(r#"{"op": "say"}"#, WITHIN).unwrap().payload::<Say<'_>>(WITHIN);
        assert!(missing.unwrap_err().to_string().starts_with("invalid `say`: invalid type: null"));
    }

    #[test]
    fn a_type_with_escapes_is_read() {
        assert_eq!(Call::read(r#"{"type": "s\u0061y"}"#, BESIDE).unwrap().name(), "say");
    }

    #[test]
    fn payloads_of_every_kind_are_read_from_the_fields() {
        fn read<'a, T: Deserialize<'a>>(text: &'a str) -> T {
            Call::read(text, BESIDE).unwrap().payload(BESIDE).unwrap()
        }
        #[derive(Deserialize, Debug, PartialEq)]
        struct Nothing;
        #[derive(Deserialize, Debug, PartialEq)]
        struct New(Move);
        #[derive(Deserialize, Debug, PartialEq)]
        #[serde(rename_all = "snake_case")]
        enum Move {
            To { x: u8 },
            Stop,
        }
        #[derive(Deserialize, Debug, PartialEq)]
        #[serde(tag = "kind")]
        enum Tagged {
            A { a: u8 },
        }
        #[derive(Deserialize, Debug, PartialEq)]
        struct Flat {
            #[serde(flatten)]
            rest: std::collections::BTreeMap<String, u8>,
        }
        assert_eq!(read::<Nothing>(r#"{"type": "x", "id": 1}"#), Nothing);
        assert_eq!(read::<()>(r#"{"type": "x"}"#), ());
        assert_eq!(read::<New>(r#"{"type": "x", "to": {"x": 3}}"#), New(Move::To { x: 3 }));
        assert_eq!(read::<Move>(r#"{"stop": null, "type": "x"}"#), Move::Stop);
        assert_eq!(read::<Move>(r#"{"type": "x", "data": "stop", "id": 1}"#), Move::Stop);
        assert_eq!(read::<Tagged>(r#"{"type": "x", "kind": "A", "a": 4}"#), Tagged::A { a: 4 });
        assert_eq!(read::<Option<Flat>>(r#"{"type": "x", "b": 5, "id": 1}"#).unwrap().rest["b"], 5);
        assert_eq!(read::<serde_json::Value>(r#"{"type": "x", "b": [1]}"#), json!({"b": [1]}));
    }

    #[test]
    fn a_payload_that_is_no_object_is_in_the_field_data() {
        fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, BadPayload> {
            Call::read(text, BESIDE).unwrap().payload(BESIDE)
        }
        #[derive(Deserialize, Debug, PartialEq)]
        struct Point(i8, f32);
        assert_eq!(read::<&str>(r#"{"type": "x", "data": "hi", "id": 1}"#).unwrap(), "hi");
        assert_eq!(read::<Option<u64>>(r#"{"data": 7, "type": "x"}"#).unwrap(), Some(7));
        assert_eq!(read::<i128>(r#"{"data": -7, "type": "x"}"#).unwrap(), -7);
        assert!(read::<bool>(r#"{"type": "x", "more": [1], "data": true}"#).unwrap());
        assert_eq!(read::<Vec<u8>>(r#"{"type": "x", "data": [1, 2]}"#).unwrap(), [1, 2]);
        assert_eq!(read::<Point>(r#"{"type": "x", "data": [1, 2.5]}"#).unwrap(), Point(1, 2.5));
        let missing = read::<String>(r#"{"type": "x"}"#).unwrap_err().to_string();
        assert!(missing.starts_with("invalid `x`: missing field `data`"), "{missing}");
        let wrong = read::<u8>(r#"{"type": "x", "data": "7"}"#).unwrap_err().to_string();
        assert!(wrong.starts_with("invalid `x`: invalid type: string \"7\", expected u8"), "{wrong}");
    }

    #[test]
    fn what_is_no_event_is_a_problem() {
        for (text, wanted) in [
            ("", "not an event: EOF while parsing a value at line 1 column 0"),
            ("[1]", "not an event: invalid type: sequence, expected an object with the field `type`"),
            ("{\"type\": \"say\"} x", "not an event: trailing characters at line 1 column 17"),
            ("{\"type\": 7}", "not an event: invalid type: integer `7`, expected a string"),
            ("{\"type\": \"a\", \"type\": \"b\"}", "not an event: duplicate field `type`"),
            ("{\"text\": \"hi\"}", "the field `type` is missing"),
            ("{\"type\": \"a\", \"id\": {}}", "`id` is neither a string nor a number"),
            ("{\"type\": \"a\", \"id\": true}", "`id` is neither a string nor a number"),
        ] {
            let (code, message) = problem(text, BESIDE);
            assert!(code == "bad_envelope" && message.starts_with(wanted), "{text}: {message}");
        }
        assert!(Call::read(r#"{"type": "a", "id": null}"#, BESIDE).unwrap().id().is_none());
        let missing = Call::read(r#"{"id": 7}"#, BESIDE).unwrap_err();
        assert_eq!(missing.id.unwrap().get(), "7", "the answer has the id");
    }

    #[test]
    fn long_texts_of_a_client_are_not_repeated_whole() {
        let long = format!(r#"{{"type": "{}"}}"#, "ä".repeat(5000));
        let message = Call::read(&long, BESIDE).unwrap().unknown().message;
        assert!(message.len() < 220 && message.ends_with("ä…"), "{message}");
        let bad = Call::read(&long, BESIDE).unwrap().payload::<Say<'_>>(BESIDE).unwrap_err();
        assert!(bad.to_string().len() < 220, "{bad}");
    }
}
