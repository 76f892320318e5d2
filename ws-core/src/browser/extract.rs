//! How requests come by their page and their session.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;

use crate::handler::AppHandle;
use crate::page::opening::Opening;
use crate::page::{Asked, PageSession};

/// The rejection of an extractor: a status and the reason.
pub(super) type Rejected = (StatusCode, &'static str);

pub(super) const NO_PAGES: Rejected = (
    StatusCode::INTERNAL_SERVER_ERROR,
    "the app has no page sessions: write `App::pages(Pages::new())`; for an axum router of your own, add the layer \
     `axum::Extension(app.handle())`",
);

/// Returns the handshake's part of a request.
pub(super) fn opening(parts: &Parts) -> Result<Arc<Opening>, Rejected> {
    const NO_HANDSHAKE: Rejected = (
        StatusCode::INTERNAL_SERVER_ERROR,
        "a `PageSession` belongs to a WebSocket: take it in `#[init]`, and take a `BrowserSession` here",
    );
    parts.extensions.get().cloned().ok_or_else(|| {
        let app = parts.extensions.get::<AppHandle>();
        let has_pages = app.is_some_and(|app| app.inner().pages.get().is_some());
        if has_pages { NO_HANDSHAKE } else { NO_PAGES }
    })
}

/// In `#[init]` of a handler, or `#[join]` of a service: attaches the connection to its page. The page's events go to the
/// client from then on, and the events of the client to the handler.
///
/// The connection attaches to the page that the client script names in the query (`page` and `view`). The page session
/// speaks the script's protocol: it handles the messages whose type begins with `ws:`, acknowledges numbered events, and
/// passes each of them to the handler once. Without `page` and `view`, the connection gets a page session of its own, and the
/// handler receives every message.
///
/// The script puts the payload of an event into `data`. For `#[message]` callbacks, write `envelope = "pages"` in the
/// attribute of the route, so that they read it there, and answer as the script expects.
///
/// The page session reads each text before the handler, so a [`MessageStream`](crate::MessageStream) of text begins when its
/// message has arrived as a whole.
///
/// A handler at `/websocket` is attached to the page that the query names, even without this argument.
///
/// The replies of the handler are sent [at most once](crate::Qos), also the answer to a call that is not.
impl<S: Sync> FromRequestParts<S> for PageSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let opening = opening(parts).map_err(IntoResponse::into_response)?;
        let joined = Asked::of(&parts.uri).map_err(Into::into).and_then(|asked| opening.join(asked));
        joined.map_err(IntoResponse::into_response)
    }
}
