//! Finds out from the type of an argument of `#[init]` or `#[join]` which state of the app its extractor reads.
//!
//! axum's extractors are generic over the state that they read. A handler has no type for it, because the states of an app
//! are known only when it starts. So the type of the argument decides, in this order:
//!
//! 1. an extractor that reads [`AppHandle`], as each extractor without a state does ([`ReadsHandle`]);
//! 2. an extractor that reads the state of the route's option `state = S` ([`ReadsNamed`]);
//! 3. `State<T>`, which reads the app's state of type `T` ([`ReadsOwn`]);
//! 4. an extractor of one other state `S`, which reads the app's state of type `S` ([`ReadsState`]);
//! 5. any other type, which is not an extractor: its error is that of [`InitArgument`](super::InitArgument).
//!
//! The compiler picks the first of the traits that the type implements, because each needs one more reference to the
//! [`Probe`] than the next. Types are checked and not names, so an alias or a full path works too.

use std::any::{Any, type_name};
use std::marker::PhantomData;

use axum::extract::FromRequestParts;

use crate::handler::{AppHandle, ExtractorState, State};
use crate::shared::states::Needs;

/// The argument type under examination, and the handler or service that takes it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<A, H>(PhantomData<fn() -> (A, H)>);

#[doc(hidden)]
impl<A, H> Probe<A, H> {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for the macro alone")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The argument reads the app itself, or no state.
#[derive(Debug)]
pub struct FromHandle;

#[doc(hidden)]
impl FromHandle {
    pub fn declare(&self, _: &mut Needs) {}
}

/// The argument is a `State<T>`.
#[derive(Debug)]
pub struct FromOwn<T>(PhantomData<fn() -> T>);

#[doc(hidden)]
impl<T: Any + Send + Sync> FromOwn<T> {
    pub fn declare(&self, needs: &mut Needs) {
        needs.state::<T>();
    }
}

/// The argument `A` reads the app's state of type `S`.
#[derive(Debug)]
pub struct FromState<S, A>(PhantomData<fn() -> (S, A)>);

#[doc(hidden)]
impl<S: 'static, A> FromState<S, A> {
    pub fn declare(&self, needs: &mut Needs) {
        needs.state_for::<S>(type_name::<A>());
    }
}

/// The traits, for a glob import that brings no name into scope.
#[doc(hidden)]
pub mod sources {
    pub use super::{IsNoExtractor as _, ReadsHandle as _, ReadsNamed as _, ReadsOwn as _, ReadsState as _};
}

#[doc(hidden)]
pub trait ReadsHandle {
    fn __source(&self) -> FromHandle {
        FromHandle
    }
}

impl<A: FromRequestParts<AppHandle>, H> ReadsHandle for &&&&Probe<A, H> {}

#[doc(hidden)]
pub trait ReadsNamed<S, A> {
    fn __source(&self) -> FromState<S, A> {
        FromState(PhantomData)
    }
}

impl<A: FromRequestParts<H::State>, H: ExtractorState> ReadsNamed<H::State, A> for &&&Probe<A, H> {}

#[doc(hidden)]
pub trait ReadsOwn<T> {
    fn __source(&self) -> FromOwn<T> {
        FromOwn(PhantomData)
    }
}

impl<T: Any + Send + Sync, H> ReadsOwn<T> for &&Probe<State<T>, H> {}

#[doc(hidden)]
pub trait ReadsState<S, A> {
    fn __source(&self) -> FromState<S, A> {
        FromState(PhantomData)
    }
}

impl<A: FromRequestParts<S>, S, H> ReadsState<S, A> for &Probe<A, H> {}

#[doc(hidden)]
pub trait IsNoExtractor {
    fn __source(&self) -> FromHandle {
        FromHandle
    }
}

impl<A, H> IsNoExtractor for Probe<A, H> {}
