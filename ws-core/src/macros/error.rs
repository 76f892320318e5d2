//! The `#[error]` callbacks: which of them receives an error, by its type.

use std::marker::PhantomData;

use super::sealed::Sealed;
use crate::handler::Fit;
use crate::message::Close;

/// Returns the callback for an error: the one for its type, or else the one for the rest.
#[doc(hidden)]
#[must_use]
pub fn choose_error<const N: usize>(callbacks: [(usize, Fit); N]) -> Option<usize> {
    let of = |fit| callbacks.iter().find(|(_, other)| *other == fit).map(|&(callback, _)| callback);
    of(Fit::Exact).or_else(|| of(Fit::Rest))
}

/// An argument of an `#[error]` that is called `Close`: an inherent function goes before the one of [`NoClose`].
#[doc(hidden)]
#[derive(Debug)]
pub struct ErrorArgument<E>(PhantomData<E>);

/// `Close`, and nothing else: a bound on a type parameter may fail, and one on `Close` may not.
#[doc(hidden)]
pub trait IsClose {}

impl IsClose for Close {}

impl<C: IsClose> ErrorArgument<C> {
    pub fn check()
    where
        C: PassedToErrorCallbacks,
    {
    }
}

/// The answer for every other type.
#[doc(hidden)]
pub trait NoClose {
    fn check() {}
}

impl<E> NoClose for ErrorArgument<E> {}

/// Implemented by no type. If the compiler names it, an `#[error]` takes a `Close`, which closes the connection itself.
#[diagnostic::on_unimplemented(
    message = "`#[error]` never receives a `Close`",
    label = "a `Close` closes the connection with its own code and reason",
    note = "remove this callback; to close in reply to another error, return the `Close` from its `#[error]`"
)]
pub trait PassedToErrorCallbacks {
    #[doc(hidden)]
    const SEALED: Sealed;
}
