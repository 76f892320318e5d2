//! The router of an app: its routes, and the answer where no route matches.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use http::{StatusCode, Uri};

use super::beside::{self, Beside};
use crate::error::{Error, Result};
use crate::handler::AppInner;
use crate::handshake::origins::Allowed;
use crate::route::Route;
use crate::route::endpoint::Endpoint;
use crate::shared::Shared;
use crate::shared::admission::HttpPermit;
use crate::shared::pattern::Pattern;

/// Mounts each route at its pattern. `origins` are those of the app, and `fallback` is the router beside the routes.
pub(super) fn mount(
    routes: &[Route],
    patterns: &[Pattern],
    app: &Arc<AppInner>,
    origins: &Allowed,
    fallback: Option<&Router>,
) -> Result<Router> {
    let beside = fallback.and_then(Beside::new);
    let mut mounted = Router::new();
    for (route, pattern) in routes.iter().zip(patterns) {
        if let Some(limits) = route.limits.inbox.limits() {
            route.handler.set_limits(app, limits);
        }
        let origins = match &route.origins {
            Some(origins) => origins.parse().map_err(Error::BadSetting)?,
            None => origins.clone(),
        };
        let endpoint = Endpoint::new(route, app, origins);
        let has_params = pattern.as_str().contains('{');
        mounted = mounted.route(pattern.as_str(), beside::route(endpoint, beside.clone(), has_params));
    }
    Ok(mounted)
}

/// Answers requests for paths that nothing is mounted at.
pub(super) fn not_found(shared: Arc<Shared>) -> Router {
    Router::new().fallback(move |uri: Uri| async move {
        shared.stats.rejected(StatusCode::NOT_FOUND.as_u16());
        (StatusCode::NOT_FOUND, format!("no route matches {}\n", uri.path()))
    })
}

/// Holds the requests that `router` serves to the limit on plain HTTP requests, in a server of ours. In another server,
/// requests carry no permit.
pub(super) fn limited(router: Router) -> Router {
    router.layer(from_fn(async |request: Request, next: Next| {
        match request.extensions().get::<HttpPermit>().cloned() {
            Some(permit) if !permit.take() => permit.rejection().into_response(),
            _ => next.run(request).await,
        }
    }))
}

/// Warns that panics cannot be caught in this build.
pub(super) fn warn_if_panics_abort() {
    if cfg!(panic = "abort") {
        let warning = "built with `panic = \"abort\"`: a panic in a callback aborts the whole process";
        // A program without a `tracing` subscriber gets the warning too.
        if tracing::dispatcher::has_been_set() {
            tracing::warn!("{warning}");
        } else {
            eprintln!("warning: {warning}");
        }
    }
}
