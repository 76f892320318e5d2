//! The routes of the client script.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::browser_session::BrowserSession;

/// A file of the client script.
struct File {
    path: &'static str,
    content_type: &'static str,
    text: &'static str,
}

const FILES: [File; 3] = [
    File { path: "/ws/client.js", content_type: JAVASCRIPT, text: include_str!("../../js/dist/client.js") },
    File { path: "/ws/client.mjs", content_type: JAVASCRIPT, text: include_str!("../../js/dist/client.mjs") },
    File {
        path: "/ws/client.d.ts",
        content_type: "text/plain; charset=utf-8",
        text: include_str!("../../js/dist/client.d.ts"),
    },
];

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// A browser looks whether the file has changed, and a cache that many share does not keep it, because of the cookie.
const REVALIDATED: &str = "private, no-cache";
/// The name changes with the content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Returns a short hash of a file.
fn hash(text: &str) -> String {
    let digest = sha1_smol::Sha1::from(text).digest().bytes();
    BASE64_URL_SAFE_NO_PAD.encode(&digest[..9])
}

/// Returns the path of the script that never changes, below the base URL of the app.
pub(crate) fn immutable_path() -> String {
    format!("/ws/client-{}.js", hash(FILES[0].text))
}

/// Returns the paths of the script below the base URL of the app.
pub(crate) fn paths() -> impl Iterator<Item = String> {
    FILES.iter().map(|file| file.path.to_owned()).chain([immutable_path()])
}

/// Returns the routes of the script.
pub(crate) fn routes(base: &str) -> Router {
    let mut router = Router::new();
    for File { path, content_type, text } in FILES {
        let tag: Arc<str> = format!("\"{}\"", hash(text)).into();
        // Only the script that opens a connection needs a session.
        let begins = path == FILES[0].path;
        let answer = move |parts: Parts| async move {
            let response = serve(text, content_type, REVALIDATED, &tag, &parts.headers);
            match BrowserSession::read(&parts) {
                Ok(session) if begins => (session, response).into_response(),
                _ => response,
            }
        };
        router = router.route(&format!("{base}{path}"), get(answer));
    }
    let tag: Arc<str> = format!("\"{}\"", hash(FILES[0].text)).into();
    let answer =
        move |headers: HeaderMap| async move { serve(FILES[0].text, JAVASCRIPT, IMMUTABLE, &tag, &headers) };
    router.route(&format!("{base}{}", immutable_path()), get(answer))
}

fn serve(
    text: &'static str,
    content_type: &'static str,
    cache_control: &'static str,
    tag: &str,
    headers: &HeaderMap,
) -> Response {
    const NOSNIFF: (HeaderName, HeaderValue) =
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let validator = [(header::ETAG, tag), (header::CACHE_CONTROL, cache_control)];
    if has(headers, tag) {
        return (StatusCode::NOT_MODIFIED, validator).into_response();
    }
    let content_type = [(header::CONTENT_TYPE, content_type)];
    (validator, content_type, [NOSNIFF], Bytes::from_static(text.as_bytes())).into_response()
}

/// Returns whether the client has the file with this entity tag (RFC 9110 13.1.2).
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).map(str::trim).any(|known| {
        // A proxy that compresses makes the tag a weak one.
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}
