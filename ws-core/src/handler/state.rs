//! The app's state in `#[init]`.

use std::any::{Any, type_name};
use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;

use crate::handler::AppHandle;

/// Takes the app's state of type `T` in `#[init]`: a clone of what [`App::state`](crate::App::state) was given.
///
/// A handler that takes a state that nobody gave stops the start.
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
        // Checked at the start, except for a handler that hides what it needs.
        app.state::<T>().cloned().map(Self).ok_or_else(|| {
            let missing = format!("the app has no state of type `{}`", type_name::<T>());
            tracing::error!("{missing}: add it with `App::state`");
            (StatusCode::INTERNAL_SERVER_ERROR, missing)
        })
    }
}
