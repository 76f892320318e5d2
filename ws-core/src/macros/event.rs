//! The `#[message]` callbacks: the envelope of their events, and the answers.

use std::cell::Cell;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::value::RawValue;

use super::sealed::Sealed;
use crate::event::{Body, Envelope, EventAnswer, EventError, EventInfo, Problem, WithEnvelope, answer};
use crate::handler::{ErrorFor, Reply};
use crate::message::{BadPayload, BoxError};
use crate::service::{Member, Service};

#[doc(hidden)]
pub type Events = Vec<EventInfo>;

/// Returns the descriptions of the events.
#[doc(hidden)]
#[must_use]
pub fn events<const N: usize>(infos: [EventInfo; N]) -> Events {
    infos.into()
}

/// Where an answer goes.
#[doc(hidden)]
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
#[doc(hidden)]
pub fn answer_problem(problem: &Problem<'_>, envelope: Envelope, to: impl AnswerTo) {
    if problem.code == Problem::IGNORED {
        return;
    }
    // Two strings always serialize.
    let _ = answer("", problem.id, &Body::Error(problem), envelope, |text| to.send(text));
}

/// The envelope of the events of `H`, by its type: an inherent item goes before the one of [`DefaultEnvelope`].
#[doc(hidden)]
#[derive(Debug)]
pub struct EventsOf<H>(PhantomData<H>);

/// The envelope for every other type.
#[doc(hidden)]
pub trait DefaultEnvelope {
    const ENVELOPE: Envelope = Envelope::new();
}

impl<H> DefaultEnvelope for EventsOf<H> {}

#[doc(hidden)]
impl<H: WithEnvelope> EventsOf<H> {
    pub const ENVELOPE: Envelope = H::ENVELOPE;
}

/// Whether `H` has an `#[error]` for `BadPayload`, in the same way.
#[doc(hidden)]
#[derive(Debug)]
pub struct BadPayloadsOf<H>(PhantomData<H>);

#[doc(hidden)]
pub trait NotReceived {
    const RECEIVED: bool = false;
}

impl<H> NotReceived for BadPayloadsOf<H> {}

#[doc(hidden)]
impl<H> BadPayloadsOf<H>
where
    BadPayload: ErrorFor<H>,
{
    pub const RECEIVED: bool = true;
}

/// The value that a callback returned. It is asked for its kind through references: the more there are, the earlier rustc
/// tries the implementation.
#[doc(hidden)]
pub struct Returned<R>(Cell<Option<R>>);

#[doc(hidden)]
impl<R> Returned<R> {
    #[must_use]
    pub const fn new(value: R) -> Self {
        Self(Cell::new(Some(value)))
    }

    fn take(&self) -> R {
        self.0.take().expect("the value is taken once")
    }
}

/// A value that a `#[message]` returned: the answer.
#[derive(Debug)]
pub struct AnswerValue<T>(T);
/// A `Result` that a `#[message]` returned: the answer, or an error that is sent too.
#[derive(Debug)]
pub struct AnswerResult<T, E>(Result<T, E>);
/// A `Result` that a `#[message]` returned: the answer, or an error that is not for the client.
#[derive(Debug)]
pub struct AnswerOrError<T, E>(Result<T, E>);

#[doc(hidden)]
pub trait ReturnsSent {
    type Answer;
    fn take_answer(&self) -> Self::Answer;
}

impl<T, E: Serialize> ReturnsSent for &&Returned<Result<T, E>> {
    type Answer = AnswerResult<T, E>;
    fn take_answer(&self) -> AnswerResult<T, E> {
        AnswerResult(self.take())
    }
}

#[doc(hidden)]
pub trait ReturnsKept {
    type Answer;
    fn take_answer(&self) -> Self::Answer;
}

impl<T, E> ReturnsKept for &Returned<Result<T, E>> {
    type Answer = AnswerOrError<T, E>;
    fn take_answer(&self) -> AnswerOrError<T, E> {
        AnswerOrError(self.take())
    }
}

#[doc(hidden)]
pub trait ReturnsValue {
    type Answer;
    fn take_answer(&self) -> Self::Answer;
}

impl<T> ReturnsValue for Returned<T> {
    type Answer = AnswerValue<T>;
    fn take_answer(&self) -> AnswerValue<T> {
        AnswerValue(self.take())
    }
}

/// What a `#[message]` returned. Its value is an [`EventAnswer`](crate::EventAnswer), and an error is `Serialize` or an
/// [`EventError`](crate::EventError).
pub trait MessageReturn {
    #[doc(hidden)]
    const SEALED: Sealed;

    /// Sends the answer to the event `name`. Returns the error of the callback, or the one of a value that does not
    /// serialize.
    #[doc(hidden)]
    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<(), BoxError>;
}

impl<T: EventAnswer> MessageReturn for AnswerValue<T> {
    const SEALED: Sealed = Sealed;

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

impl<T: EventAnswer, E: Serialize> MessageReturn for AnswerResult<T, E> {
    const SEALED: Sealed = Sealed;

    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<(), BoxError> {
        match self.0 {
            Ok(value) => AnswerValue(value).answer(name, id, envelope, to),
            Err(error) => Ok(answer(name, id, &Body::Error(&error), envelope, |text| to.send(text))?),
        }
    }
}

impl<T: EventAnswer, E: EventError> MessageReturn for AnswerOrError<T, E> {
    const SEALED: Sealed = Sealed;

    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<(), BoxError> {
        AnswerValue(self.0.map_err(Into::into)?).answer(name, id, envelope, to)
    }
}
