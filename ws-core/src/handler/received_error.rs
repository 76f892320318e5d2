//! The types of errors that an `#[error]` callback may take.

use std::error::Error;

use crate::message::BoxError;

/// A type of errors that an `#[error]` callback may take: one that implements [`std::error::Error`], such as
/// [`BadPayload`](crate::BadPayload), or [`BoxError`] for every error that has no callback of its own.
///
/// The trait is implemented for all of them. Do not implement it by hand. `Kind` is inferred.
#[diagnostic::on_unimplemented(
    message = "`#[error]` cannot receive `{Self}`",
    label = "not an error type",
    note = "it takes a type that implements `std::error::Error`, `BadPayload` for a payload that cannot be converted, or \
            `BoxError` for every error that has no callback of its own",
    note = "an error that a callback returns as a `String` or `&str` arrives as a `BoxError`"
)]
pub trait ReceivedError<Kind>: Sized {
    #[doc(hidden)]
    fn kind() -> ErrorKind<Self>;
}

/// An error type that an `#[error]` callback of `H` receives, where `H` is a handler or a service. The macro implements
/// it, so that a type which two callbacks take is an error, under any alias.
pub trait ErrorFor<H> {}

/// Of one type.
#[derive(Debug)]
#[doc(hidden)]
pub enum OfType {}

/// Of any type.
#[derive(Debug)]
#[doc(hidden)]
pub enum OfAnyType {}

#[diagnostic::do_not_recommend]
impl<E: Error + Send + Sync + 'static> ReceivedError<OfType> for E {
    fn kind() -> ErrorKind<E> {
        ErrorKind {
            fit: |error| if error.is::<E>() { Fit::Exact } else { Fit::Not },
            take: |error| error.downcast().ok().map(|error| *error),
        }
    }
}

#[diagnostic::do_not_recommend]
impl ReceivedError<OfAnyType> for BoxError {
    fn kind() -> ErrorKind<Self> {
        ErrorKind { fit: |_| Fit::Rest, take: Some }
    }
}

/// The errors that a callback receives.
#[derive(Debug)]
#[doc(hidden)]
pub struct ErrorKind<E> {
    fit: fn(&BoxError) -> Fit,
    take: fn(BoxError) -> Option<E>,
}

/// How well a callback fits an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(hidden)]
pub enum Fit {
    Exact,
    /// It receives every error that no other callback does.
    Rest,
    Not,
}

impl<E> ErrorKind<E> {
    #[must_use]
    pub fn fit(&self, error: &BoxError) -> Fit {
        (self.fit)(error)
    }

    /// Returns the error as the callback takes it.
    ///
    /// # Panics
    /// Panics if the error does not [`fit`](Self::fit).
    #[must_use]
    pub fn take(&self, error: BoxError) -> E {
        (self.take)(error).expect("the callback was chosen by the error's type")
    }
}
