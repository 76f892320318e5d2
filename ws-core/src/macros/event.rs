//! The `#[message]` callbacks: the envelope of their events, and the answers.

use std::cell::Cell;
use std::marker::PhantomData;

use serde::Serialize;
use serde_json::value::RawValue;

use super::sealed::Sealed;
use crate::event::{
    Body, Envelope, Event, EventAnswer, EventError, EventInfo, OfEvent, Problem, WithEnvelope, answer,
};
use crate::handler::{ErrorFor, Handler, Reply};
use crate::message::{BadPayload, BoxError};
use crate::service::{Control, Member, Service};

#[doc(hidden)]
pub type Events = Vec<EventInfo>;

/// Returns the descriptions of the events.
#[doc(hidden)]
#[must_use]
pub fn events<const N: usize>(infos: [EventInfo; N]) -> Events {
    infos.into()
}

/// Ends the reply of a handler because an event failed.
#[doc(hidden)]
pub fn fail_event<H: Handler>(
    reply: &mut Reply,
    error: impl Into<BoxError>,
    id: Option<&RawValue>,
    envelope: Envelope,
) {
    reply.fail_event(error.into(), id, envelope, H::ERRORS);
}

/// Handles an error of an event that no `#[error]` of the service receives: the member's connection closes.
#[doc(hidden)]
#[must_use]
pub fn fail_member_event<S: Service>(
    member: &Member<S>,
    callback: &'static str,
    error: BoxError,
    id: Option<&RawValue>,
    envelope: Envelope,
) -> Control {
    match member.reply_event(error, id, envelope) {
        Some(error) => member.fail(callback, error),
        None => Control::Continue,
    }
}

/// Sends an error that becomes messages, or a close, to the member. Returns any other error, with the id.
#[doc(hidden)]
#[must_use]
pub fn reply_to_event<S: Service>(
    member: &Member<S>,
    error: impl Into<BoxError>,
    id: Option<&RawValue>,
    envelope: Envelope,
) -> Option<BoxError> {
    let error = member.reply_event(error.into(), id, envelope)?;
    Some(OfEvent::wrap(error, id, envelope))
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
    match problem.code {
        Problem::IGNORED => return,
        #[cfg(feature = "pages")]
        Problem::PING => return to.send(crate::event::PONG),
        _ => {}
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

/// Whether `H` has an `#[error]` for `Event<BadPayload>`.
#[doc(hidden)]
#[derive(Debug)]
pub struct BadEventsOf<H>(PhantomData<H>);

impl<H> NotReceived for BadEventsOf<H> {}

#[doc(hidden)]
impl<H> BadEventsOf<H>
where
    Event<BadPayload>: ErrorFor<H>,
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

/// A [`Control`] that a `#[message]` of a service returned. The client gets the answer of a callback that returns `()`.
#[derive(Debug)]
pub struct AnswerControl(Control);
/// The same in a `Result`, with an error that is sent.
#[derive(Debug)]
pub struct AnswerControlResult<E>(Result<Control, E>);
/// The same in a `Result`, with an error that is not for the client.
#[derive(Debug)]
pub struct AnswerControlOrError<E>(Result<Control, E>);

#[doc(hidden)]
pub trait ReturnsControl {
    type Answer;
    fn take_answer(&self) -> Self::Answer;
}

impl ReturnsControl for &&&&Returned<Control> {
    type Answer = AnswerControl;
    fn take_answer(&self) -> AnswerControl {
        AnswerControl(self.take())
    }
}

impl<E: Serialize> ReturnsControl for &&&&Returned<Result<Control, E>> {
    type Answer = AnswerControlResult<E>;
    fn take_answer(&self) -> AnswerControlResult<E> {
        AnswerControlResult(self.take())
    }
}

#[doc(hidden)]
pub trait ReturnsControlOrError {
    type Answer;
    fn take_answer(&self) -> Self::Answer;
}

impl<E> ReturnsControlOrError for &&&Returned<Result<Control, E>> {
    type Answer = AnswerControlOrError<E>;
    fn take_answer(&self) -> AnswerControlOrError<E> {
        AnswerControlOrError(self.take())
    }
}

/// What a `#[message]` returned. Its value is an [`EventAnswer`](crate::EventAnswer), and an error is `Serialize` or an
/// [`EventError`](crate::EventError).
pub trait MessageReturn {
    #[doc(hidden)]
    const SEALED: Sealed;

    /// Sends the answer to the event `name`. Returns whether a service continues, or the error of the callback, or the
    /// one of a value that does not serialize.
    #[doc(hidden)]
    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<Control, BoxError>;
}

impl<T: EventAnswer> MessageReturn for AnswerValue<T> {
    const SEALED: Sealed = Sealed;

    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<Control, BoxError> {
        self.0.send(name, id, envelope, |text| to.send(text))?;
        Ok(Control::Continue)
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
    ) -> Result<Control, BoxError> {
        match self.0 {
            Ok(value) => AnswerValue(value).answer(name, id, envelope, to),
            Err(error) => {
                answer(name, id, &Body::Error(&error), envelope, |text| to.send(text))?;
                Ok(Control::Continue)
            }
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
    ) -> Result<Control, BoxError> {
        AnswerValue(self.0.map_err(Into::into)?).answer(name, id, envelope, to)
    }
}

impl MessageReturn for AnswerControl {
    const SEALED: Sealed = Sealed;

    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<Control, BoxError> {
        AnswerValue(()).answer(name, id, envelope, to)?;
        Ok(self.0)
    }
}

impl<E: Serialize> MessageReturn for AnswerControlResult<E> {
    const SEALED: Sealed = Sealed;

    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<Control, BoxError> {
        let (control, answered) = match self.0 {
            Ok(control) => (control, Ok(())),
            Err(error) => (Control::Continue, Err(error)),
        };
        AnswerResult(answered).answer(name, id, envelope, to)?;
        Ok(control)
    }
}

impl<E: EventError> MessageReturn for AnswerControlOrError<E> {
    const SEALED: Sealed = Sealed;

    fn answer(
        self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        to: impl AnswerTo,
    ) -> Result<Control, BoxError> {
        AnswerControl(self.0.map_err(Into::into)?).answer(name, id, envelope, to)
    }
}
