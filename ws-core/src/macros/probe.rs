//! Finds out from the type of an argument of `#[init]` or `#[join]` which state of the app its extractor reads.
//!
//! axum's extractors are generic over the state that they read. A handler has no type for it, because the states of an app
//! are known only when it starts. So the type of the argument decides, in this order:
//!
//! 1. an extractor that reads [`AppHandle`], as each extractor without a state does ([`ReadsHandle`]);
//! 2. an extractor that reads the state of the route's option `state = S` ([`ReadsNamed`]);
//! 3. `State<T>`, which reads the app's state of type `T` ([`ReadsOwn`]);
//! 4. an extractor of one other state `S`, which reads the app's state of type `S` ([`ReadsOneState`]);
//! 5. any other type, which is not an extractor: its error is that of [`InitArgument`](super::InitArgument).
//!
//! The compiler picks the first of the traits that the type implements, because each needs one more reference to the
//! [`Probe`] than the next. Types are checked and not names, so an alias or a full path works too.

use std::convert::Infallible;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;

use super::extract::{NoExtractor, Source};
use crate::handler::{AppHandle, ExtractorState, State};

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

/// Never returns, for the type of a state that is not known.
#[doc(hidden)]
pub fn never() -> ! {
    unreachable!("it is passed only for its type")
}

/// The traits, for a glob import that brings no name into scope.
#[doc(hidden)]
pub mod sources {
    pub use super::{
        IsNoExtractor as _, ReadsHandle as _, ReadsNamed as _, ReadsOneState as _, ReadsOwn as _,
    };
}

#[doc(hidden)]
pub trait ReadsHandle<A> {
    fn __source(&self, never: fn() -> Infallible) -> Source<A>;
}

impl<A: FromRequestParts<AppHandle> + 'static, H> ReadsHandle<A> for &&&&Probe<A, H> {
    fn __source(&self, _: fn() -> Infallible) -> Source<A> {
        Source::handle()
    }
}

#[doc(hidden)]
pub trait ReadsNamed<S, A> {
    fn __source(&self, never: fn() -> Infallible) -> Source<A>;
}

impl<A: FromRequestParts<H::State> + 'static, H: ExtractorState> ReadsNamed<H::State, A> for &&&Probe<A, H> {
    fn __source(&self, _: fn() -> Infallible) -> Source<A> {
        Source::state::<H::State>()
    }
}

#[doc(hidden)]
pub trait ReadsOwn<A> {
    fn __source(&self, never: fn() -> Infallible) -> Source<A>;
}

impl<T: Clone + Send + Sync + 'static, H> ReadsOwn<State<T>> for &&Probe<State<T>, H> {
    fn __source(&self, _: fn() -> Infallible) -> Source<State<T>> {
        Source::own()
    }
}

/// An extractor of an argument of `#[init]` or `#[join]` that reads one state of the app, of type `S`.
///
/// If the compiler names it, the extractor fits several states: name the state to read in the attribute of the struct,
/// as in `#[websocket("/path", state = YourState)]`.
// If several states fit, `S` is the type of a value that never comes: `!`, or `()` before edition 2024.
#[diagnostic::on_unimplemented(
    message = "`{A}` can be extracted from several states",
    label = "it is not clear which state of the app it reads",
    note = "name the state in the attribute of the struct or the module: `#[websocket(\"/path\", state = YourState)]`"
)]
pub trait ReadsOneState<S, A> {
    #[doc(hidden)]
    fn __source(&self, never: fn() -> S) -> Source<A>;
}

#[diagnostic::do_not_recommend]
impl<A: FromRequestParts<S> + 'static, S: 'static, H> ReadsOneState<S, A> for &Probe<A, H> {
    fn __source(&self, _: fn() -> S) -> Source<A> {
        Source::state::<S>()
    }
}

#[doc(hidden)]
pub trait IsNoExtractor {
    fn __source(&self, _: fn() -> Infallible) -> NoExtractor {
        NoExtractor
    }
}

impl<A, H> IsNoExtractor for Probe<A, H> {}
