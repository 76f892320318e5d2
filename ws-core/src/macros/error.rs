//! The `#[error]` callbacks: which of them receives an error, by its type.

use std::marker::PhantomData;

use super::sealed::Sealed;
use crate::event::Event;
use crate::handler::Fit;
use crate::message::Close;

/// Returns the callback for an error: the one for its type, or else the one for the rest. Of two, it is the one that takes
/// the id of an event if there is one.
#[doc(hidden)]
#[must_use]
pub fn choose_error<const N: usize>(callbacks: [(usize, Fit); N]) -> Option<usize> {
    let ranked = callbacks.iter().filter_map(|&(callback, fit)| Some((fit.rank()?, callback)));
    // The first of equals.
    ranked.rev().max_by_key(|(rank, _)| *rank).map(|(_, callback)| callback)
}

/// An argument of an `#[error]` that is called `Close`: an inherent function goes before the one of [`NoClose`].
#[doc(hidden)]
#[derive(Debug)]
pub struct ErrorArgument<E>(PhantomData<E>);

/// `Close`, and nothing else: a bound on a type parameter may fail, and one on `Close` may not.
#[doc(hidden)]
pub trait IsClose {}

impl IsClose for Close {}

impl IsClose for Event<Close> {}

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
