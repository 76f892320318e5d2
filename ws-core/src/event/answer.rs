//! The answer to an event.

use std::cell::Cell;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::value::RawValue;

use super::call::{Problem, Text};
use super::envelope::{DATA, Envelope};

/// An error has this type, and this name in the same way.
const ERROR: &str = "error";
/// Answers up to this size need no allocation, in bytes.
const KEPT: usize = 16 << 10;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The value of an answer.
pub(crate) enum Body<'v, T> {
    Value(&'v T),
    Error(&'v T),
}

impl Serialize for Problem<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("Problem", 2)?;
        fields.serialize_field("code", self.code)?;
        fields.serialize_field("message", &self.message)?;
        fields.end()
    }
}

/// Writes the answer to the event `name` and passes it to `send`, unless there is nothing to send.
pub(crate) fn answer<T: Serialize>(
    name: &str,
    id: Option<&RawValue>,
    body: &Body<'_, T>,
    envelope: Envelope,
    send: impl FnOnce(&str),
) -> Result<(), serde_json::Error> {
    let mut buffer = BUFFER.take();
    buffer.clear();
    let written = write(&mut buffer, name, id, body, envelope);
    if let Ok(true) = written {
        send(std::str::from_utf8(&buffer).expect("JSON is UTF-8"));
    }
    if buffer.capacity() <= KEPT {
        BUFFER.set(buffer);
    }
    written.map(drop)
}

/// Writes the answer. Returns `false` if there is nothing to send: a value that is nothing, for a client that did not ask
/// for an answer.
fn write<T: Serialize>(
    to: &mut Vec<u8>,
    name: &str,
    id: Option<&RawValue>,
    body: &Body<'_, T>,
    envelope: Envelope,
) -> Result<bool, serde_json::Error> {
    let (name, value, field) = match body {
        Body::Value(value) => (name, value, envelope.payload),
        Body::Error(error) if envelope.is_of_pages => (ERROR, error, Some(ERROR)),
        Body::Error(error) => (ERROR, error, Some(envelope.payload.unwrap_or(ERROR))),
    };
    to.push(b'{');
    put(to, envelope.tag, name.as_bytes(), true)?;
    if let Some(id) = id {
        to.push(b',');
        put(to, envelope.id, id.get().as_bytes(), false)?;
    }
    let start = to.len();
    serde_json::to_writer(&mut *to, value)?;
    let own = match body {
        Body::Value(_) if !envelope.is_of_pages => OwnFields::of(&to[start..], envelope),
        Body::Value(_) | Body::Error(_) => OwnFields::default(),
    };
    match &to[start..] {
        b"null" if matches!(body, Body::Value(_)) => {
            to.truncate(start);
            to.push(b'}');
            return Ok(id.is_some());
        }
        // The value is an event of its own, to which only the id is added.
        [b'{', ..] if own.tag => {
            to.drain(1..=start);
            if let Some(id) = id.filter(|_| !own.id) {
                let end = to.len();
                put(to, envelope.id, id.get().as_bytes(), false)?;
                to.push(b',');
                move_to(1, to, end);
            }
        }
        b"{}" if field.is_none() => {
            to.truncate(start);
            to.push(b'}');
        }
        [b'{', ..] if field.is_none() && !own.id => to[start] = b',',
        _ => {
            let end = to.len();
            to.push(b',');
            put(to, field.unwrap_or(DATA), b"", false)?;
            move_to(start, to, end);
            to.push(b'}');
        }
    }
    Ok(true)
}

/// Moves everything after `end` to `start`, without an allocation.
fn move_to(start: usize, written: &mut [u8], end: usize) {
    let length = written.len() - end;
    written[start..].rotate_right(length);
}

/// Writes `"name":value`. A value that is `text` is written as a string.
fn put(to: &mut Vec<u8>, name: &str, value: &[u8], is_text: bool) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *to, name)?;
    to.push(b':');
    if is_text {
        serde_json::to_writer(to, std::str::from_utf8(value).unwrap_or_default())
    } else {
        to.extend_from_slice(value);
        Ok(())
    }
}

/// The fields of the envelope that a value has itself.
#[derive(Default)]
pub(super) struct OwnFields {
    tag: bool,
    pub(super) id: bool,
}

impl OwnFields {
    /// Looks for the fields of the envelope at the top of an object. Most values do not contain their names at all.
    pub(super) fn of(value: &[u8], envelope: Envelope) -> Self {
        let text = std::str::from_utf8(value).unwrap_or_default();
        if !text.starts_with('{') || !text.contains(envelope.tag) && !text.contains(envelope.id) {
            return Self::default();
        }
        serde_json::Deserializer::from_str(text).deserialize_map(Names(envelope)).unwrap_or_default()
    }
}

/// Reads the names of the fields.
struct Names(Envelope);

impl<'de> Visitor<'de> for Names {
    type Value = OwnFields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OwnFields, A::Error> {
        let mut own = OwnFields::default();
        while let Some(Text(key)) = map.next_key()? {
            own.tag |= *key == *self.0.tag;
            own.id |= *key == *self.0.id;
            map.next_value::<IgnoredAny>()?;
        }
        Ok(own)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const BESIDE: Envelope = Envelope::new();
    const WITHIN: Envelope = Envelope::new().payload("payload");

    fn written<T: Serialize>(id: Option<&str>, body: &Body<'_, T>, envelope: Envelope) -> String {
        let id = id.map(|id| serde_json::from_str::<Box<RawValue>>(id).unwrap());
        let mut sent = String::new();
        answer("say", id.as_deref(), body, envelope, |text| sent.push_str(text)).unwrap();
        // Every answer is JSON.
        assert!(sent.is_empty() || serde_json::from_str::<IgnoredAny>(&sent).is_ok(), "{sent}");
        sent
    }

    fn value(id: Option<&str>, value: impl Serialize, envelope: Envelope) -> String {
        written(id, &Body::Value(&value), envelope)
    }

    #[test]
    fn the_fields_of_an_object_are_beside_the_type_and_the_id() {
        let said = json!({"text": "hi"});
        assert_eq!(value(None, &said, BESIDE), r#"{"type":"say","text":"hi"}"#);
        assert_eq!(value(Some("\"a\""), &said, BESIDE), r#"{"type":"say","id":"a","text":"hi"}"#);
        assert_eq!(value(Some("7"), json!({}), BESIDE), r#"{"type":"say","id":7}"#);
        assert_eq!(value(Some("7"), said, WITHIN), r#"{"type":"say","id":7,"payload":{"text":"hi"}}"#);
    }

    #[test]
    fn other_values_have_a_field() {
        assert_eq!(value(Some("7"), [1, 2], BESIDE), r#"{"type":"say","id":7,"data":[1,2]}"#);
        assert_eq!(value(None, "type", BESIDE), r#"{"type":"say","data":"type"}"#);
        assert_eq!(value(None, true, WITHIN), r#"{"type":"say","payload":true}"#);
    }

    #[test]
    fn nothing_answers_only_a_client_that_gave_an_id() {
        for envelope in [BESIDE, WITHIN] {
            assert_eq!(value(None, (), envelope), "");
            assert_eq!(value(Some("7"), None::<u8>, envelope), r#"{"type":"say","id":7}"#);
        }
    }

    #[test]
    fn a_value_with_a_type_of_its_own_keeps_it() {
        let own = json!({"text": "hi", "type": "said"});
        for envelope in [BESIDE, WITHIN] {
            assert_eq!(value(None, &own, envelope), r#"{"text":"hi","type":"said"}"#);
            assert_eq!(value(Some("7"), &own, envelope), r#"{"id":7,"text":"hi","type":"said"}"#);
        }
        let whole = json!({"id": 5, "type": "said"});
        assert_eq!(value(Some("7"), &whole, BESIDE), r#"{"id":5,"type":"said"}"#);
        let nested = json!({"text": {"type": "x"}});
        assert_eq!(value(None, &nested, BESIDE), r#"{"type":"say","text":{"type":"x"}}"#);
    }

    #[test]
    fn a_value_with_an_id_of_its_own_has_a_field_so_that_no_name_is_twice() {
        let order = json!({"id": 5});
        assert_eq!(value(None, &order, BESIDE), r#"{"type":"say","data":{"id":5}}"#);
        assert_eq!(value(Some("7"), &order, BESIDE), r#"{"type":"say","id":7,"data":{"id":5}}"#);
    }

    #[test]
    fn an_error_has_a_field_whatever_it_is() {
        let error = json!({"type": "x", "id": 1});
        let error = Body::Error(&error);
        assert_eq!(
            written(Some("7"), &error, BESIDE),
            r#"{"type":"error","id":7,"error":{"id":1,"type":"x"}}"#
        );
        assert_eq!(written(None, &error, WITHIN), r#"{"type":"error","payload":{"id":1,"type":"x"}}"#);
        let none = Body::Error(&());
        assert_eq!(written(None, &none, BESIDE), r#"{"type":"error","error":null}"#);
    }

    #[test]
    fn a_value_that_cannot_be_serialized_is_an_error_and_the_next_answer_is_whole() {
        let bad = std::collections::BTreeMap::from([((1, 2), 3)]);
        answer("say", None, &Body::Value(&bad), BESIDE, |_| panic!("nothing to send")).unwrap_err();
        assert_eq!(value(None, json!({}), BESIDE), r#"{"type":"say"}"#);
    }
}
