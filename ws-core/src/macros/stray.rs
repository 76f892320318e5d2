//! Checks the type of a method whose marker no `#[websocket]` or `#[service]` has removed.
//!
//! The compiler picks the first of the traits that the type implements, because each needs one more reference to
//! [`Stray`] than the next: a handler and a service have an impl with the attribute already; a struct with the
//! attribute alone is reported where it lacks its impl; and any other type has no attribute at all.

use std::marker::PhantomData;

use crate::handler::Handler;
use crate::service::Service;

/// The type of the method.
#[doc(hidden)]
#[derive(Debug)]
pub struct Stray<T: ?Sized>(PhantomData<fn() -> PhantomData<T>>);

#[doc(hidden)]
impl<T: ?Sized> Stray<T> {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "for the macros alone")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// A type with a route: the attribute on its struct implements it. A struct may have several routes, with different
/// `PATH`s.
#[doc(hidden)]
pub trait Routed<const PATH: u64> {}

/// The traits, for a glob import that brings no name into scope.
#[doc(hidden)]
pub mod strays {
    pub use super::{OfAny as _, OfHandler as _, OfRouted as _, OfService as _};
}

/// Implemented by no type. If the compiler names it, move the method into the `#[websocket] impl`.
#[diagnostic::on_unimplemented(
    message = "a callback of `{Self}` is outside of its `#[websocket] impl`",
    label = "`#[websocket]` does not see this marker",
    note = "move the method into `#[websocket] impl {Self} {{ … }}`: all callbacks of a handler are there",
    note = "a macro call in that `impl` cannot generate callbacks; let the macro generate the whole `impl`"
)]
pub trait InsideWebsocketImpl {}

/// Implemented by no type. If the compiler names it, move the method into the `#[service] impl`.
#[diagnostic::on_unimplemented(
    message = "a callback of `{Self}` is outside of its `#[service] impl`",
    label = "`#[service]` does not see this marker",
    note = "move the method into `#[service] impl {Self} {{ … }}`: all callbacks of a service are there",
    note = "a macro call in that `impl` cannot generate callbacks; let the macro generate the whole `impl`"
)]
pub trait InsideServiceImpl {}

/// Implemented by no type. If the compiler names it, write `#[websocket]` or `#[service]` on the `impl`.
#[diagnostic::on_unimplemented(
    message = "this `impl` of `{Self}` has a callback, but no `#[websocket]`",
    label = "a marker has a meaning only below `#[websocket]` or `#[service]`",
    note = "write `#[websocket] impl {Self} {{ … }}`, and `#[websocket(\"/path\")]` on the struct; for a service, write \
            `#[service]` on both"
)]
pub trait InsideMarkedImpl {}

#[doc(hidden)]
pub trait OfHandler<T> {
    fn __check(&self)
    where
        T: InsideWebsocketImpl,
    {
    }
}

impl<T: Handler> OfHandler<T> for &&&Stray<T> {}

#[doc(hidden)]
pub trait OfService<T> {
    fn __check(&self)
    where
        T: InsideServiceImpl,
    {
    }
}

impl<T: Service> OfService<T> for &&Stray<T> {}

#[doc(hidden)]
pub trait OfRouted<const PATH: u64> {
    fn __check(&self) {}
}

impl<T: Routed<PATH>, const PATH: u64> OfRouted<PATH> for &Stray<T> {}

#[doc(hidden)]
pub trait OfAny<T: ?Sized> {
    fn __check(&self)
    where
        T: InsideMarkedImpl,
    {
    }
}

impl<T: ?Sized> OfAny<T> for Stray<T> {}
