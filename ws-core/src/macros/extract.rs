//! Extracts an argument of `#[init]` or `#[join]` from the request.

use std::any::{Any, type_name};

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use futures_util::TryFutureExt;
use futures_util::future::{BoxFuture, ready};
use http::StatusCode;
use http::request::Parts;

use crate::handler::{AppHandle, State, Upgrade};
use crate::shared::log_limit::Line;
use crate::shared::states::Needs;

type Extract<A> = for<'a> fn(&'a mut Parts, &'a AppHandle) -> BoxFuture<'a, Result<A, Response>>;

/// How the argument `A` is extracted: from the state of the app that the [`Probe`](super::Probe) found.
///
/// It is not generic over that state, so that the argument's type alone decides everything behind the probe.
#[derive(Debug)]
pub struct Source<A> {
    declare: fn(&mut Needs),
    /// Not generic over the handler, so that handlers that take the same type share it. The future is boxed. This costs an
    /// allocation for each argument and handshake.
    extract: Extract<A>,
}

/// The source of a type that is no extractor.
#[derive(Debug)]
pub struct NoExtractor;

/// No source.
#[doc(hidden)]
#[derive(Debug)]
pub enum Nothing {}

#[doc(hidden)]
impl NoExtractor {
    pub fn declare(&self, _: &mut Needs) {}
}

#[doc(hidden)]
impl<A> Source<A> {
    pub fn declare(&self, needs: &mut Needs) {
        (self.declare)(needs);
    }

    pub fn extract<'a, H>(
        &self,
        parts: &'a mut Parts,
        upgrade: &'a Upgrade<H>,
    ) -> BoxFuture<'a, Result<A, Response>> {
        (self.extract)(parts, upgrade.handle())
    }
}

impl<A: 'static> Source<A> {
    /// The app itself, or no state.
    pub(super) fn handle() -> Self
    where
        A: FromRequestParts<AppHandle>,
    {
        Self {
            declare: |_| {},
            extract: |parts, app| {
                Box::pin(A::from_request_parts(parts, app).map_err(IntoResponse::into_response))
            },
        }
    }

    /// The app's state of type `S`.
    pub(super) fn state<S: 'static>() -> Self
    where
        A: FromRequestParts<S>,
    {
        Self {
            declare: |needs| needs.state_for::<S>(type_name::<A>()),
            extract: |parts, app| match app.shared().setup().states.get::<S>() {
                Some(state) => {
                    Box::pin(A::from_request_parts(parts, state).map_err(IntoResponse::into_response))
                }
                None => Box::pin(async { Err(missing::<S>(app)) }),
            },
        }
    }
}

impl<T: Any + Clone + Send + Sync> Source<State<T>> {
    /// The app's state of the type that `State` names.
    pub(super) fn own() -> Self {
        Self {
            declare: Needs::state::<T>,
            extract: |_, app| {
                Box::pin(ready(app.state::<T>().cloned().map(State).ok_or_else(|| missing::<T>(app))))
            },
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
