//! Typed events: the messages of `#[message]` callbacks. In reading order: the names in an [`envelope`]; the [`call`]
//! that a client sends, whose payload is read without the names of the envelope ([`fields`]); the [`answer`]; the types
//! of both ([`bounds`]), also with the id ([`identified`]); and what a generator of documentation needs to know of an
//! event ([`event_info`]); and the error of an event that fails ([`of_event`]). Events of pages have a form of their
//! own (`page_event`).

mod answer;
mod bounds;
mod call;
mod envelope;
mod event_info;
mod fields;
mod identified;
mod of_event;
#[cfg(feature = "pages")]
mod page_event;

pub(crate) use self::answer::{Body, answer};
pub use self::bounds::{EventAnswer, EventError, EventPayload};
#[cfg(feature = "pages")]
pub(crate) use self::call::Text as JsonText;
pub use self::call::{Call, Problem};
pub use self::envelope::{Envelope, WithEnvelope};
pub use self::event_info::EventInfo;
pub use self::identified::{Event, EventId, NoAnswer};
pub(crate) use self::of_event::{OfEvent, with_id};
#[cfg(feature = "pages")]
pub(crate) use self::page_event::{PONG, is_reserved, page_event};
