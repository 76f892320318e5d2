//! How requests come by their page and their session.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, Uri};

use crate::page::opening::{NoPage, Opening};
use crate::page::{Asked, PageId, PageSession};

/// The rejection of an extractor: a status and the reason.
pub(super) type Rejected = (StatusCode, &'static str);

pub(super) const NO_PAGES: Rejected = (
    StatusCode::INTERNAL_SERVER_ERROR,
    "the app has no page sessions: write `App::pages(Pages::new())`; for an axum router of your own, add the layer \
     `axum::Extension(app.handle())`",
);

/// Returns the page that a client asks for in the query, with `page` and `view`.
pub(super) fn asked(uri: &Uri) -> Result<Option<Asked>, Rejected> {
    const BAD: Rejected = (
        StatusCode::BAD_REQUEST,
        "the parameters `page` and `view` are ids of 22 characters each, or both absent",
    );
    let Ok(Query(pairs)) = Query::<Vec<(String, String)>>::try_from_uri(uri) else { return Err(BAD) };
    let find = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    match (find("page"), find("view")) {
        (None, None) => Ok(None),
        (Some(page), Some(view)) => {
            let (page, view) = (PageId::parse(page).ok_or(BAD)?, PageId::parse(view).ok_or(BAD)?);
            Ok(Some(Asked { page, view }))
        }
        _ => Err(BAD),
    }
}

/// Returns the handshake's part of a request.
pub(super) fn opening(parts: &Parts) -> Result<Arc<Opening>, Rejected> {
    parts.extensions.get().cloned().ok_or(NO_PAGES)
}

/// Returns the response to a handshake that attaches to no page.
pub(super) fn no_page(why: &NoPage) -> Response {
    match why {
        NoPage::Full => (StatusCode::SERVICE_UNAVAILABLE, "too many pages").into_response(),
        NoPage::Leaving => (StatusCode::UNAUTHORIZED, "the session has ended").into_response(),
    }
}

/// In `#[init]` of a handler, or `#[join]` of a service: attaches the connection to its page. The page's events go to the
/// client from then on, and the events of the client to the handler.
///
/// The connection attaches to the page that the client script names in the query (`page` and `view`). The page session
/// speaks the script's protocol: it handles the messages whose type begins with `ws:`, acknowledges numbered events, and
/// passes each of them to the handler once. Without `page` and `view`, the connection gets a page session of its own, and the
/// handler receives every message.
///
/// The replies of the handler are sent [at most once](crate::Qos), also the answer to a call that is not.
impl<S: Sync> FromRequestParts<S> for PageSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let asked = asked(&parts.uri).map_err(IntoResponse::into_response)?;
        let opening = opening(parts).map_err(IntoResponse::into_response)?;
        opening.join(asked).map_err(|why| no_page(&why))
    }
}
