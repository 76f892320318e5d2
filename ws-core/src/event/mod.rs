//! Typed events: the messages of `#[message]` callbacks. In reading order: the names in an [`envelope`]; the [`call`] that
//! a client sends, whose payload is read without the names of the envelope ([`fields`]); the [`answer`]; the types of both ([`bounds`]), also with the id ([`identified`]); and what a
//! generator of documentation needs to know of an event ([`event_info`]).

mod answer;
mod bounds;
mod call;
mod envelope;
mod event_info;
mod fields;
mod identified;

pub(crate) use self::answer::{Body, answer};
pub use self::bounds::{EventAnswer, EventError, EventPayload};
pub use self::call::{Call, Problem};
pub use self::envelope::{Envelope, WithEnvelope};
pub use self::event_info::EventInfo;
pub use self::identified::{Event, EventId, NoAnswer};
