//! The id of an event that fails. Its error carries it to the `#[error]` callback, and the answer to the client.

use std::error::Error;
use std::fmt;

use serde_json::value::RawValue;

use super::answer::{Body, OwnFields, answer};
use super::envelope::Envelope;
use super::identified::EventId;
use crate::message::{BoxError, Message};

/// An error of an event that has an id.
#[derive(Debug)]
pub(crate) struct OfEvent {
    id: EventId,
    envelope: Envelope,
    error: BoxError,
}

impl OfEvent {
    /// Adds the id to an error, unless the client gave none.
    pub(crate) fn wrap(error: BoxError, id: Option<&RawValue>, envelope: Envelope) -> BoxError {
        match id {
            Some(id) => Box::new(Self { id: EventId::of(id), envelope, error }),
            None => error,
        }
    }

    /// Returns the error and the id that was added to it.
    pub(crate) fn unwrap(error: BoxError) -> (BoxError, Option<EventId>) {
        match error.downcast::<Self>() {
            Ok(of_event) => (of_event.error, Some(of_event.id)),
            Err(error) => (error, None),
        }
    }

    /// Returns the error without its id.
    pub(crate) fn error_of(error: &BoxError) -> &BoxError {
        error.downcast_ref::<Self>().map_or(error, |of_event| &of_event.error)
    }

    /// Returns the id of an error, and the envelope of its event.
    pub(crate) fn id_of(error: &BoxError) -> Option<(&EventId, Envelope)> {
        error.downcast_ref::<Self>().map(|of_event| (&of_event.id, of_event.envelope))
    }
}

impl Error for OfEvent {}

impl fmt::Display for OfEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// Adds the id of an event to a message that answers it: to a JSON object that has none of its own. Any other text becomes
/// the error of an answer.
pub(crate) fn with_id(message: Message, id: &RawValue, envelope: Envelope) -> Message {
    let Message::Text(text) = &message else { return message };
    let json: Option<&RawValue> = serde_json::from_str(text).ok();
    let Some(object) = json.and_then(|json| json.get().strip_prefix('{')) else {
        let mut error = None;
        let send = |text: &str| error = Some(Message::from(text));
        // A string and JSON always serialize.
        let _ = match json {
            Some(json) => answer("", Some(id), &Body::Error(&json), envelope, send),
            None => answer("", Some(id), &Body::Error(&&**text), envelope, send),
        };
        return error.unwrap_or(message);
    };
    if OwnFields::of(text.trim_start().as_bytes(), envelope).id {
        return message;
    }
    let name = serde_json::to_string(envelope.id).expect("a string is JSON");
    let comma = if object.trim_start().starts_with('}') { "" } else { "," };
    Message::from(format!("{{{name}:{id}{comma}{object}", id = id.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(text: &str, envelope: Envelope) -> String {
        let id: Box<RawValue> = serde_json::from_str("\"a\"").unwrap();
        let Message::Text(text) = with_id(text.into(), &id, envelope) else { panic!("no text") };
        assert!(serde_json::from_str::<&RawValue>(&text).is_ok(), "{text}");
        text.to_string()
    }

    #[test]
    fn an_object_without_an_id_gets_it() {
        let ours = Envelope::new();
        assert_eq!(answered(r#"{"code": 1}"#, ours), r#"{"id":"a","code": 1}"#);
        assert_eq!(answered("{ }", ours), r#"{"id":"a" }"#);
        assert_eq!(answered(r#"{"id": 7}"#, ours), r#"{"id": 7}"#);
        assert_eq!(answered(r#" {"id": 7}"#, ours), r#" {"id": 7}"#);
        assert_eq!(answered(r#"{"x":{"id":7}}"#, ours), r#"{"id":"a","x":{"id":7}}"#);
        assert_eq!(answered(r#"{"id": 7}"#, ours.id("re\"f")), r#"{"re\"f":"a","id": 7}"#);
    }

    #[test]
    fn any_other_text_is_an_error() {
        let ours = Envelope::new();
        assert_eq!(answered("sold out", ours), r#"{"type":"error","id":"a","error":"sold out"}"#);
        assert_eq!(answered("[1]", ours), r#"{"type":"error","id":"a","error":[1]}"#);
        assert_eq!(
            answered("{broken", ours.payload("data")),
            r#"{"type":"error","id":"a","data":"{broken"}"#
        );
    }
}
