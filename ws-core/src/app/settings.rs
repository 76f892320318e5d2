//! Checks of an app's settings, and its answer where no route matches.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use http::{StatusCode, Uri};

use crate::error::{Error, Result};
use crate::handshake::origin::Origin;
use crate::shared::Shared;
use crate::shared::admission::HttpPermit;
use crate::shared::pattern::Pattern;

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

pub(super) fn base(url: &str) -> Result<&str> {
    let base = url.trim_end_matches('/');
    if base.is_empty() {
        return Ok("");
    }
    match Pattern::parse(base) {
        Ok(_) if base.contains('{') => Err(Error::BadSetting(format!(
            "base_url `{url}` must not contain parameters; write a plain path, such as `/api`"
        ))),
        Ok(_) => Ok(base),
        Err(_) if base.contains("://") => Err(Error::BadSetting(format!(
            "base_url `{url}` is not a path: it is the prefix of all routes, such as `/api`; for the address of the app, \
             use `public_url`"
        ))),
        Err(problem) => Err(Error::BadSetting(format!("base_url `{url}`: {problem}"))),
    }
}

pub(super) fn public_origin(url: &str) -> Result<Origin> {
    Origin::parse(url).filter(Origin::is_of_a_page).ok_or_else(|| {
        Error::BadSetting(format!(
            "public_url `{url}` is not an origin; write it as `https://example.com` or `https://example.com:8443`"
        ))
    })
}
