//! The `#[message]` callbacks: the envelope of their events, and the answers.

use std::cell::Cell;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::event::{Body, Envelope, EventAnswer, EventError, EventInfo, WithEnvelope, answer};
pub use crate::event::{Call, Problem};
use crate::handler::{ErrorFor, Reply};
use crate::message::{BadPayload, BoxError};
use crate::service::{Member, Service};

pub type Events = Vec<EventInfo>;

/// Returns the descriptions of the events.
#[must_use]
pub fn events<const N: usize>(infos: [EventInfo; N]) -> Events {
    infos.into()
}

/// Where an answer goes.
pub trait AnswerTo {
    fn send(self, text: &str);
}

impl AnswerTo for &mut Reply {
    fn send(self, text: &str) {
        self.text(text);
    }
}

impl<S: Service> AnswerTo for &Member<S> {
    fn send(self, text: &str) {
        Member::send(self, text);
    }
}

/// Answers with the problem, and the connection goes on.
pub fn answer_problem(problem: &Problem<'_>, envelope: Envelope, to: impl AnswerTo) {
    // Two strings always serialize.
    let _ = answer("", problem.id, &Body::Error(problem), envelope, |text| to.send(text));
}

/// The envelope of the events of `H`, by its type: an inherent item goes before the one of [`DefaultEnvelope`].
pub struct EventsOf<H>(PhantomData<H>);

/// The envelope for every other type.
pub trait DefaultEnvelope {
    const ENVELOPE: Envelope = Envelope::new();
}

impl<H> DefaultEnvelope for EventsOf<H> {}

impl<H: WithEnvelope> EventsOf<H> {
    pub const ENVELOPE: Envelope = H::ENVELOPE;
}

/// Whether `H` has an `#[error]` for `BadPayload`, in the same way.
pub struct BadPayloadsOf<H>(PhantomData<H>);

pub trait NotReceived {
    const RECEIVED: bool = false;
}

impl<H> NotReceived for BadPayloadsOf<H> {}

impl<H> BadPayloadsOf<H>
where
    BadPayload: ErrorFor<H>,
{
    pub const RECEIVED: bool = true;
}

/// The value that a callback returned. It is asked for its kind through references: the more there are, the earlier rustc
/// tries the implementation.
pub struct Returned<R>(Cell<Option<R>>);

impl<R> Returned<R> {
    #[must_use]
    pub const fn new(value: R) -> Self {
        Self(Cell::new(Some(value)))
    }

    fn take(&self) -> R {
        self.0.take().expect("the value is taken once")
    }
}

/// A value to send.
pub struct Value<T>(T);
/// A `Result` whose error is sent too.
pub struct Sent<T, E>(Result<T, E>);
/// A `Result` whose error is not for the client.
pub struct Kept<T, E>(Result<T, E>);

pub trait ReturnsSent {
    type Answer;
    fn take_answer(&self) -> Self::Answer;
}

impl<T, E: Serialize> ReturnsSent for &&Returned<Result<T, E>> {
    type Answer = Sent<T, E>;
    fn take_answer(&self) -> Sent<T, E> {
        Sent(self.take())
    }
}

pub trait ReturnsKept {
    type Answer;
    fn take_answer(&self) -> Self::Answer;
}

impl<T, E> ReturnsKept for &Returned<Result<T, E>> {
    type Answer = Kept<T, E>;
    fn take_answer(&self) -> Kept<T, E> {
        Kept(self.take())
    }
}

pub trait ReturnsValue {
    type Answer;
    fn take_answer(&self) -> Self::Answer;
}

impl<T> ReturnsValue for Returned<T> {
    type Answer = Value<T>;
    fn take_answer(&self) -> Value<T> {
        Value(self.take())
    }
}

/// Sends an answer to the event `name`.
pub trait Answer {
    /// # Errors
    /// Returns the error of the callback, or the one of a value that does not serialize.
    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<(), BoxError>;
}

impl<T: EventAnswer> Answer for Value<T> {
    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<(), BoxError> {
        Ok(self.0.send(name, id, envelope, |text| to.send(text))?)
    }
}

impl<T: EventAnswer, E: Serialize> Answer for Sent<T, E> {
    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<(), BoxError> {
        match self.0 {
            Ok(value) => Value(value).answer(name, id, envelope, to),
            Err(error) => Ok(answer(name, id, &Body::Error(&error), envelope, |text| to.send(text))?),
        }
    }
}

impl<T: EventAnswer, E: EventError> Answer for Kept<T, E> {
    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<(), BoxError> {
        Value(self.0.map_err(Into::into)?).answer(name, id, envelope, to)
    }
}
