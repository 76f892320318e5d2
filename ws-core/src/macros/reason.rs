//! The arguments of the callbacks for an end: `#[terminate]`, and `#[close]` of a service. A type decides which argument it
//! is and a name decides nothing, so an alias works.

use super::sealed::Sealed;
use crate::handler::CallbackError;
use crate::message::{BoxError, Terminate};
use crate::service::{Member, Service};

/// The argument of `#[terminate]`: [`&Terminate`](crate::Terminate).
#[diagnostic::on_unimplemented(
    message = "`#[terminate]` cannot take `{Self}`",
    label = "not the reason",
    note = "`#[terminate]` takes the reason by reference: write `reason: &Terminate`"
)]
pub trait TerminateArgument<'a>: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn take(reason: &'a Terminate) -> Self;
}

impl<'a> TerminateArgument<'a> for &'a Terminate {
    const SEALED: Sealed = Sealed;

    fn take(reason: Self) -> Self {
        reason
    }
}

/// An argument of a service's `#[close]`: [`&Member<Self>`](crate::Member) or [`&Terminate`](crate::Terminate).
#[diagnostic::on_unimplemented(
    message = "`#[close]` cannot take `{Self}`",
    label = "neither the member nor the reason",
    note = "`#[close]` takes both by reference: write `member: &Member<{S}>` and `reason: &Terminate`"
)]
pub trait CloseArgument<'a, S: Service>: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn take(member: &'a Member<S>, reason: &'a Terminate) -> Self;
}

impl<'a, S: Service> CloseArgument<'a, S> for &'a Member<S> {
    const SEALED: Sealed = Sealed;

    fn take(member: Self, _: &'a Terminate) -> Self {
        member
    }
}

impl<'a, S: Service> CloseArgument<'a, S> for &'a Terminate {
    const SEALED: Sealed = Sealed;

    fn take(_: &'a Member<S>, reason: Self) -> Self {
        reason
    }
}

/// A return type of `#[terminate]`: `()`, or a `Result<(), E>` whose error is logged. The connection has ended, so nothing
/// can be sent.
#[diagnostic::on_unimplemented(
    message = "`#[terminate]` cannot return `{Self}`",
    label = "neither `()` nor a `Result<(), E>`",
    note = "the connection has ended, so nothing can be sent: return `()`, or `Result<(), E>` where the error is logged"
)]
pub trait TerminateReturn {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn into_error(self) -> Option<BoxError>;
}

impl TerminateReturn for () {
    const SEALED: Sealed = Sealed;

    fn into_error(self) -> Option<BoxError> {
        None
    }
}

#[diagnostic::do_not_recommend]
impl TerminateReturn for std::convert::Infallible {
    const SEALED: Sealed = Sealed;

    fn into_error(self) -> Option<BoxError> {
        match self {}
    }
}

#[diagnostic::do_not_recommend]
impl<T: TerminateReturn, E: CallbackError> TerminateReturn for Result<T, E> {
    const SEALED: Sealed = Sealed;

    fn into_error(self) -> Option<BoxError> {
        self.map_or_else(|error| Some(error.into()), T::into_error)
    }
}
