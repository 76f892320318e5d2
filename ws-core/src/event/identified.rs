//! An event with its id, for callbacks that answer later or more than once.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::bounds::EventPayload;
use super::call::Call;
use super::envelope::Envelope;
use crate::message::BadPayload;

/// A payload of `#[message]` together with the id of the event. Take it to send messages with the id later, for example
/// the results of a subscription.
///
/// An `#[error]` callback may take `Event<E>` in place of the error type `E`. Its payload is then the error. The id is
/// `None` if the error is not one of an event, or if the client gave none. If there is a callback for `E` as well, it
/// receives the errors without an id.
///
/// ```
/// use serde::Serialize;
/// use ws_core::prelude::*;
/// use ws_core::{Event, EventId, NoAnswer};
///
/// #[websocket("/countdown")]
/// #[derive(Default)]
/// struct Countdown;
///
/// #[derive(Serialize)]
/// #[serde(tag = "type", rename = "left")]
/// struct Left {
///     id: Option<EventId>,
///     seconds: u8,
/// }
///
/// #[websocket]
/// impl Countdown {
///     /// `{"type": "start", "id": 7, "data": 3}`
///     #[message]
///     fn start(&mut self, Event { id, payload }: Event<u8>, cx: &mut Context<Self>) -> Result<NoAnswer, serde_json::Error> {
///         for seconds in (0..payload).rev() {
///             cx.send_json(&Left { id: id.clone(), seconds })?;
///         }
///         Ok(NoAnswer)
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<T> {
    /// The id that the client gave, if it did.
    pub id: Option<EventId>,
    /// The payload.
    pub payload: T,
}

impl<'de, T: EventPayload<'de>> EventPayload<'de> for Event<T> {
    fn read(call: Call<'de>, envelope: Envelope) -> Result<Self, BadPayload> {
        let id = call.id().map(EventId::of);
        Ok(Self { id, payload: T::read(call, envelope)? })
    }
}

/// The id of an event, a string or a number, as the client wrote it. It serializes to the same JSON.
#[derive(Clone)]
pub struct EventId(Box<RawValue>);

impl EventId {
    pub(super) fn of(id: &RawValue) -> Self {
        Self(id.to_owned())
    }

    pub(crate) fn as_raw(&self) -> &RawValue {
        &self.0
    }

    /// Returns the id as JSON: `7`, or `"a"` with its quotes.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.get()
    }
}

impl Serialize for EventId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

/// Compares the JSON: `7` and `"7"` are different ids, and so are `1` and `1.0`.
impl PartialEq for EventId {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Eq for EventId {}

impl std::hash::Hash for EventId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_json().hash(state);
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

/// The return value of a `#[message]` callback that sends no answer, even to a client that gave an id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoAnswer;
