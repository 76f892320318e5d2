//! The check of `Host` before anything else, for [`App::hosts`](super::App::hosts).

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;

use crate::handshake::host;
use crate::handshake::hosts::Hosts;
use crate::shared::Shared;

/// Wraps `router`, so that only requests for `hosts` reach it.
pub(super) fn only(hosts: Hosts, shared: Arc<Shared>, router: Router) -> Router {
    let hosts = Arc::new(hosts);
    router.layer(from_fn(move |request: Request, next: Next| {
        let checked = hosts.check(request.uri(), request.headers());
        let shared = shared.clone();
        async move {
            match checked {
                Ok(()) => {
                    // Another server than this crate's may not have done it.
                    let (mut parts, body) = request.into_parts();
                    host::adopt_target(&mut parts);
                    next.run(Request::from_parts(parts, body)).await
                }
                Err(rejection) => {
                    shared.stats.rejected(rejection.status.as_u16());
                    tracing::debug!(path = request.uri().path(), "request rejected: {}", rejection.why());
                    rejection.into_response()
                }
            }
        }
    }))
}
