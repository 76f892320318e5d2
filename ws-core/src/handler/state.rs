//! The extractor of the app's state.

use std::any::{Any, type_name};
use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;

use crate::handler::AppHandle;
use crate::shared::log_limit::Line;

/// An extractor for `#[init]` and for a service's `#[join]`: a clone of the app's state of type `T`, which you set with
/// [`App::state`](crate::App::state).
///
/// If a callback takes a state that the app does not have, the app does not start
/// ([`Error::MissingState`](crate::Error::MissingState)). In other callbacks use
/// [`Context::state`](crate::Context::state), and elsewhere [`AppHandle::state`](crate::AppHandle::state).
///
/// All connections share the state. If it changes, put a lock inside, or use a handle such as an `Arc` or a pool.
///
/// A hand-written [`Handler`](crate::Handler) is checked at startup only if it declares the state in
/// [`needs`](crate::Handler::needs). Otherwise a missing state is logged, and the request is rejected with 500.
///
/// ```
/// use std::sync::Arc;
/// use ws_core::prelude::*;
///
/// struct Db;
///
/// #[websocket("/orders")]
/// struct Orders {
///     db: Arc<Db>,
/// }
///
/// #[websocket]
/// impl Orders {
///     #[init]
///     fn new(State(db): State<Arc<Db>>) -> Self {
///         Self { db }
///     }
/// }
///
/// let app = App::discover().state(Arc::new(Db));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct State<T>(pub T);

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Any + Clone + Send + Sync> FromRequestParts<AppHandle> for State<T> {
    type Rejection = (StatusCode, String);

    async fn from_request_parts(_: &mut Parts, app: &AppHandle) -> Result<Self, Self::Rejection> {
        // Startup has checked this, except for a hand-written handler that does not declare its states.
        app.state::<T>().cloned().map(Self).ok_or_else(|| {
            let missing = format!("the app has no state of type `{}`", type_name::<T>());
            if let Some(Line { suppressed }) = app.shared().log_limit.admit("state", type_name::<T>(), "") {
                tracing::error!(suppressed, "{missing}: add it with `App::state`");
            }
            (StatusCode::INTERNAL_SERVER_ERROR, missing)
        })
    }
}
