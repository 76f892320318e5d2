//! The `#[init]` of a service, which runs without a request: its arguments and its return type.

use std::any::Any;

use super::sealed::Sealed;
use crate::handler::{AppHandle, State};
use crate::message::BoxError;
use crate::service::address::Address;
use crate::service::{Service, ServiceContext, ServiceKey};

/// An argument of a service's `#[init]`: [`State<T>`](crate::State), [`AppHandle`](crate::AppHandle),
/// [`ServiceContext<Self>`](crate::service::ServiceContext) or [`ServiceKey`](crate::ServiceKey).
///
/// It runs when the service starts, so there is no request that an extractor could read.
#[diagnostic::on_unimplemented(
    message = "`#[init]` of a service cannot take `{Self}`",
    label = "not available at startup",
    note = "it runs at startup, without a request: it takes `State<T>` (with `T: Clone`) for values from `App::state`, \
            `AppHandle`, `ServiceContext<Self>` for timers and work, and `ServiceKey` if its route has `per = \"…\"`; extract parts of a client's request in `#[join]`"
)]
pub trait ServiceInitArgument<S>: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn from_app(app: &AppHandle, key: Option<&ServiceKey>) -> Result<Self, BoxError>;
}

impl<S> ServiceInitArgument<S> for AppHandle {
    const SEALED: Sealed = Sealed;

    fn from_app(app: &AppHandle, _: Option<&ServiceKey>) -> Result<Self, BoxError> {
        Ok(app.clone())
    }
}

impl<S: Service> ServiceInitArgument<S> for ServiceContext<S> {
    const SEALED: Sealed = Sealed;

    fn from_app(app: &AppHandle, key: Option<&ServiceKey>) -> Result<Self, BoxError> {
        Ok(Address::<S>::of(app.inner(), key).context())
    }
}

impl<S> ServiceInitArgument<S> for ServiceKey {
    const SEALED: Sealed = Sealed;

    fn from_app(_: &AppHandle, key: Option<&ServiceKey>) -> Result<Self, BoxError> {
        let missing =
            "the service has no key; write `per = \"…\"` on its route, with the name of a path parameter";
        key.cloned().ok_or_else(|| missing.into())
    }
}

impl<S, T: Any + Clone + Send + Sync> ServiceInitArgument<S> for State<T> {
    const SEALED: Sealed = Sealed;

    fn from_app(app: &AppHandle, _: Option<&ServiceKey>) -> Result<Self, BoxError> {
        let missing = || format!("the app has no state of type `{}`", std::any::type_name::<T>());
        app.state::<T>().cloned().map(State).ok_or_else(|| missing().into())
    }
}

/// A return type of a service's `#[init]`: the service `S`, or a `Result<S, E>` whose error makes the start fail.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot return `{Self}`",
    label = "neither the service nor a `Result` with it",
    note = "`#[init]` returns `{S}`, or `Result<{S}, E>` where an error makes startup fail: a type that implements \
            `std::error::Error`, a `String`, `Box<dyn Error + Send + Sync>`"
)]
pub trait ServiceInitReturn<S> {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn into_service(self) -> Result<S, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<S: Service> ServiceInitReturn<S> for S {
    const SEALED: Sealed = Sealed;

    fn into_service(self) -> Result<S, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<S: Service, E: Into<BoxError>> ServiceInitReturn<S> for Result<S, E> {
    const SEALED: Sealed = Sealed;

    fn into_service(self) -> Result<S, BoxError> {
        self.map_err(Into::into)
    }
}
