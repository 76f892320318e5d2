//! The `#[init]` of a service, which runs without a request: its arguments ([`FromApp`]) and its return types
//! ([`IntoService`]), or the `Default` in its place ([`started_by_default`]).

use std::any::Any;

use crate::handler::{AppHandle, State};
use crate::message::BoxError;
use crate::service::address::Address;
use crate::service::{Service, ServiceContext, ServiceKey};

/// Creates a service that has no `#[init]`.
#[must_use]
pub fn started_by_default<S: StartedByDefault>() -> S {
    S::by_default()
}

/// `Default`, with an error message of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has neither `#[init]` nor `Default`",
    label = "cannot be created at startup",
    note = "write `#[derive(Default)]` on `{Self}`, or an `#[init]` callback that creates it: `#[init] fn new() -> \
            {Self} {{ … }}`"
)]
pub trait StartedByDefault: Sized {
    fn by_default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<S: Default> StartedByDefault for S {
    fn by_default() -> Self {
        Self::default()
    }
}

/// An argument of a service's `#[init]`, which runs at the start of the app, without a request.
#[diagnostic::on_unimplemented(
    message = "`#[init]` of a service cannot take `{Self}`",
    label = "not available at startup",
    note = "it runs at startup, without a request: it takes `State<T>` (with `T: Clone`) for values from `App::state`, \
            `AppHandle`, `ServiceContext<Self>` for timers and work, and `ServiceKey` if its route has `per = \"…\"`; extract parts of a client's request in `#[join]`"
)]
pub trait FromApp<S>: Sized {
    fn from_app(app: &AppHandle, key: Option<&ServiceKey>) -> Result<Self, BoxError>;
}

impl<S> FromApp<S> for AppHandle {
    fn from_app(app: &AppHandle, _: Option<&ServiceKey>) -> Result<Self, BoxError> {
        Ok(app.clone())
    }
}

impl<S: Service> FromApp<S> for ServiceContext<S> {
    fn from_app(app: &AppHandle, key: Option<&ServiceKey>) -> Result<Self, BoxError> {
        Ok(Address::<S>::of(app.inner(), key).context())
    }
}

impl<S> FromApp<S> for ServiceKey {
    fn from_app(_: &AppHandle, key: Option<&ServiceKey>) -> Result<Self, BoxError> {
        let missing =
            "the service has no key; write `per = \"…\"` on its route, with the name of a path parameter";
        key.cloned().ok_or_else(|| missing.into())
    }
}

impl<S, T: Any + Clone + Send + Sync> FromApp<S> for State<T> {
    fn from_app(app: &AppHandle, _: Option<&ServiceKey>) -> Result<Self, BoxError> {
        let missing = || format!("the app has no state of type `{}`", std::any::type_name::<T>());
        app.state::<T>().cloned().map(State).ok_or_else(|| missing().into())
    }
}

pub fn from_app<S, T: FromApp<S>>(app: &AppHandle, key: Option<&ServiceKey>) -> Result<T, BoxError> {
    T::from_app(app, key)
}

/// The return types of a service's `#[init]`.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot return `{Self}`",
    label = "neither the service nor a `Result` with it",
    note = "`#[init]` returns `{S}`, or `Result<{S}, E>` where an error makes startup fail: a type that implements \
            `std::error::Error`, a `String`, `Box<dyn Error + Send + Sync>`"
)]
pub trait IntoService<S> {
    fn into_service(self) -> Result<S, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<S: Service> IntoService<S> for S {
    fn into_service(self) -> Result<S, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<S: Service, E: Into<BoxError>> IntoService<S> for Result<S, E> {
    fn into_service(self) -> Result<S, BoxError> {
        self.map_err(Into::into)
    }
}
