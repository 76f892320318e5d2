//! The types of errors that an `#[error]` callback may take.

use std::error::Error;
use std::marker::PhantomData;

use crate::event::{Event, EventId, OfEvent};
use crate::message::BoxError;

/// A type of errors that an `#[error]` callback may take: one that implements [`std::error::Error`], such as
/// [`BadPayload`](crate::BadPayload), or [`BoxError`] for every error that has no callback of its own. Or
/// [`Event<E>`](crate::Event) with one of these, which also has the id of the event that failed.
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

/// An `#[error]` receives the errors of one type.
#[derive(Debug)]
pub enum OfType {}

/// An `#[error]` receives every error that has no callback of its own.
#[derive(Debug)]
pub enum OfAnyType {}

/// An error together with the id of its event.
#[derive(Debug)]
#[doc(hidden)]
pub struct OfEventWith<Kind>(PhantomData<Kind>);

#[diagnostic::do_not_recommend]
impl<E: Error + Send + Sync + 'static> ReceivedError<OfType> for E {
    fn kind() -> ErrorKind<E> {
        ErrorKind {
            fit: |error| if error.is::<E>() { Fit::EXACT } else { Fit::NOT },
            take: |error, _| error.downcast().ok().map(|error| *error),
        }
    }
}

#[diagnostic::do_not_recommend]
impl ReceivedError<OfAnyType> for BoxError {
    fn kind() -> ErrorKind<Self> {
        ErrorKind { fit: |_| Fit::REST, take: |error, _| Some(error) }
    }
}

#[diagnostic::do_not_recommend]
impl<E: ReceivedError<Kind>, Kind> ReceivedError<OfEventWith<Kind>> for Event<E> {
    fn kind() -> ErrorKind<Self> {
        ErrorKind {
            fit: |error| (E::kind().fit)(error).with_id(),
            take: |error, id| Some(Self { payload: (E::kind().take)(error, None)?, id }),
        }
    }
}

/// The errors that a callback receives.
#[derive(Debug)]
#[doc(hidden)]
pub struct ErrorKind<E> {
    fit: fn(&BoxError) -> Fit,
    take: fn(BoxError, Option<EventId>) -> Option<E>,
}

/// How well a callback fits an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[doc(hidden)]
pub struct Fit {
    /// None, if it does not fit; 1 if it receives every error that no other callback does; and 2 for its own type.
    by_type: u8,
    /// 1 if the callback takes the id of an event just as the error has one, or neither.
    by_id: u8,
    takes_id: bool,
}

impl Fit {
    const NOT: Self = Self { by_type: 0, by_id: 0, takes_id: false };
    const REST: Self = Self { by_type: 1, ..Self::NOT };
    const EXACT: Self = Self { by_type: 2, ..Self::NOT };

    const fn with_id(self) -> Self {
        Self { takes_id: true, ..self }
    }

    /// Returns the rank among the callbacks, or `None` if it does not fit.
    pub(crate) fn rank(self) -> Option<(u8, u8)> {
        (self.by_type > 0).then_some((self.by_type, self.by_id))
    }
}

impl<E> ErrorKind<E> {
    #[must_use]
    pub fn fit(&self, error: &BoxError) -> Fit {
        let fit = (self.fit)(OfEvent::error_of(error));
        Fit { by_id: u8::from(fit.takes_id == OfEvent::id_of(error).is_some()), ..fit }
    }

    /// Returns the error as the callback takes it.
    ///
    /// # Panics
    /// Panics if the error does not [`fit`](Self::fit).
    #[must_use]
    pub fn take(&self, error: BoxError) -> E {
        let (error, id) = OfEvent::unwrap(error);
        (self.take)(error, id).expect("the callback was chosen by the error's type")
    }
}
