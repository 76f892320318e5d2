//! Checks that a type with the option `envelope` receives events.
//!
//! The compiler picks the first of the traits that the type implements, because each needs one more reference to
//! [`EnvelopeFor`] than the next. A type that is neither a handler nor a service is reported elsewhere.

use std::marker::PhantomData;

use crate::handler::Handler;
use crate::service::Service;

/// The type whose route has the option.
#[doc(hidden)]
#[derive(Debug)]
pub struct EnvelopeFor<T>(PhantomData<fn() -> T>);

#[doc(hidden)]
impl<T> EnvelopeFor<T> {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for the macros alone")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The traits, for a glob import that brings no name into scope.
#[doc(hidden)]
pub mod envelopes {
    pub use super::{OfEvents as _, OfHandlerOnly as _, OfNeither as _, OfServiceOnly as _};
}

/// A handler or a service with `#[message]` callbacks: the macros implement it.
///
/// If the compiler names it, the route has the option `envelope`, which is for events, but the type has no `#[message]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has an `envelope`, but no `#[message]`",
    label = "the envelope is that of `#[message]` callbacks",
    note = "mark a callback of `{Self}` with `#[message]`, or remove the option"
)]
pub trait ReceivesEvents {}

#[doc(hidden)]
pub trait OfEvents {
    fn __check(&self) {}
}

impl<T: ReceivesEvents> OfEvents for &&&EnvelopeFor<T> {}

#[doc(hidden)]
pub trait OfHandlerOnly<T> {
    fn __check(&self)
    where
        T: ReceivesEvents,
    {
    }
}

impl<T: Handler> OfHandlerOnly<T> for &&EnvelopeFor<T> {}

#[doc(hidden)]
pub trait OfServiceOnly<T> {
    fn __check(&self)
    where
        T: ReceivesEvents,
    {
    }
}

impl<T: Service> OfServiceOnly<T> for &EnvelopeFor<T> {}

#[doc(hidden)]
pub trait OfNeither {
    fn __check(&self) {}
}

impl<T> OfNeither for EnvelopeFor<T> {}
