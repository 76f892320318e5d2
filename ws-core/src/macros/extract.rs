//! Extracts an argument of `#[init]` or `#[join]` from the request.

use std::any::{Any, type_name};

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use futures_util::TryFutureExt;
use futures_util::future::{BoxFuture, ready};
use http::StatusCode;
use http::request::Parts;

use super::probe::{FromHandle, FromOwn, FromState};
use crate::handler::{AppHandle, State};
use crate::shared::log_limit::Line;

/// `FromRequestParts` for the state that the [`Probe`](super::Probe) found.
#[doc(hidden)]
pub trait Extractor<Source>: Sized + 'static {
    /// Not generic over the handler, so that handlers that take the same type share it. The future is boxed, so that a type
    /// that is no extractor causes one error instead of three. This costs an allocation for each argument and handshake.
    fn extract<'a>(parts: &'a mut Parts, app: &'a AppHandle) -> BoxFuture<'a, Result<Self, Response>>;
}

#[diagnostic::do_not_recommend]
impl<A: FromRequestParts<AppHandle> + 'static> Extractor<FromHandle> for A {
    fn extract<'a>(parts: &'a mut Parts, app: &'a AppHandle) -> BoxFuture<'a, Result<A, Response>> {
        Box::pin(A::from_request_parts(parts, app).map_err(IntoResponse::into_response))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Any + Clone + Send + Sync> Extractor<FromOwn<T>> for State<T> {
    fn extract<'a>(_: &'a mut Parts, app: &'a AppHandle) -> BoxFuture<'a, Result<Self, Response>> {
        Box::pin(ready(app.state::<T>().cloned().map(State).ok_or_else(|| missing::<T>(app))))
    }
}

#[diagnostic::do_not_recommend]
impl<A: FromRequestParts<S> + 'static, S: 'static> Extractor<FromState<S, A>> for A {
    fn extract<'a>(parts: &'a mut Parts, app: &'a AppHandle) -> BoxFuture<'a, Result<A, Response>> {
        match app.shared().setup().states.get::<S>() {
            Some(state) => Box::pin(A::from_request_parts(parts, state).map_err(IntoResponse::into_response)),
            None => Box::pin(async { Err(missing::<S>(app)) }),
        }
    }
}

/// The response if the app has no state of type `T`. The start has checked that it has, except for a hand-written handler
/// that does not declare its states.
fn missing<T>(app: &AppHandle) -> Response {
    let missing = format!("the app has no state of type `{}`", type_name::<T>());
    if let Some(Line { suppressed }) = app.shared().log_limit.admit("state", type_name::<T>(), "") {
        tracing::error!(suppressed, "{missing}: add it with `App::state`");
    }
    (StatusCode::INTERNAL_SERVER_ERROR, missing).into_response()
}
