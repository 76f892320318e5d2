//! The types that an event takes and returns, each with an error message of its own.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer::{Body, answer};
use super::call::Call;
use super::envelope::Envelope;
use super::identified::NoAnswer;
use crate::message::{BadPayload, BoxError};

/// A payload of `#[message]`: a type that implements [`Deserialize`]. It may borrow from the message. One that is not an
/// object, such as a `&str`, is in the field `data`.
///
/// The trait is implemented for all of them. Do not implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`#[message]` cannot take `{Self}`",
    label = "cannot be read from JSON",
    note = "write `#[derive(serde::Deserialize)]` on the payload's type, and take the type itself, not `Json<T>`"
)]
pub trait EventPayload<'de>: Sized {
    #[doc(hidden)]
    fn read(call: Call<'de>, envelope: Envelope) -> Result<Self, BadPayload>;
}

#[diagnostic::do_not_recommend]
impl<'de, T: Deserialize<'de>> EventPayload<'de> for T {
    fn read(call: Call<'de>, envelope: Envelope) -> Result<T, BadPayload> {
        call.payload(envelope)
    }
}

/// A return value of `#[message]`: a type that implements [`Serialize`], [`NoAnswer`], or a `Result` of these. A service
/// may also return a [`Control`](crate::service::Control), which is answered like `()`.
///
/// The trait is implemented for all of them. Do not implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`#[message]` cannot answer with `{Self}`",
    label = "cannot be written as JSON",
    note = "write `#[derive(serde::Serialize)]` on the answer's type, and return the value itself: not `Json(value)`, and not a \
            `Reply`",
    note = "only a service continues or stops with a `Control`; a handler closes its connection with a `Close` as the error"
)]
pub trait EventAnswer {
    #[doc(hidden)]
    fn send(
        &self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        send: impl FnOnce(&str),
    ) -> Result<(), serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> EventAnswer for T {
    fn send(
        &self,
        name: &str,
        id: Option<&RawValue>,
        envelope: Envelope,
        send: impl FnOnce(&str),
    ) -> Result<(), serde_json::Error> {
        answer(name, id, &Body::Value(self), envelope, send)
    }
}

#[diagnostic::do_not_recommend]
impl EventAnswer for NoAnswer {
    fn send(
        &self,
        _: &str,
        _: Option<&RawValue>,
        _: Envelope,
        _: impl FnOnce(&str),
    ) -> Result<(), serde_json::Error> {
        Ok(())
    }
}

/// An error of `#[message]`: a type that implements [`Serialize`] is sent to the client, and any other that implements
/// [`std::error::Error`] is passed to `#[error]`.
///
/// The trait is implemented for all of them. Do not implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error that `#[message]` can return",
    label = "neither `Serialize` nor a `std::error::Error`",
    note = "write `#[derive(serde::Serialize)]` on `{Self}` to send it to the client as the answer",
    note = "an error that is not for the client implements `std::error::Error`, or is a `Box<dyn Error + Send + Sync>`: a \
            handler passes it to `#[error]` or closes its connection, and a function of pages logs it"
)]
pub trait EventError: Into<BoxError> {}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> EventError for E {}
