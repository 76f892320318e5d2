//! The handshake over HTTP/2 (RFC 8441): a `CONNECT` request whose pseudo-header `:protocol` is `websocket`, and a
//! response of status 200. There is no `Upgrade`, `Connection`, `Sec-WebSocket-Key` or `Sec-WebSocket-Accept`.

use axum::response::Response;
use http::request::Parts;
use http::{Extensions, Method, StatusCode};

use super::rejection::Rejection;

/// In the extensions of a response: it accepts a handshake.
#[derive(Clone, Copy)]
struct Accepted;

/// Returns `:protocol`, if the HTTP server supports it.
pub(crate) fn protocol(extensions: &Extensions) -> Option<&str> {
    #[cfg(feature = "http2")]
    return extensions.get::<hyper::ext::Protocol>().map(hyper::ext::Protocol::as_str);
    #[cfg(not(feature = "http2"))]
    {
        let _ = extensions;
        None
    }
}

/// Checks the method and the protocol of a request.
pub(super) fn check(parts: &Parts) -> Result<(), Rejection> {
    if parts.method != Method::CONNECT {
        return Err(Rejection::bad_request(
            "this is a WebSocket endpoint: over HTTP/2, the request must be `CONNECT` with `:protocol` = `websocket` \
             (RFC 8441 5)",
        ));
    }
    check_protocol(&parts.extensions)
}

/// Checks the protocol of a `CONNECT` request.
pub(crate) fn check_protocol(extensions: &Extensions) -> Result<(), Rejection> {
    match protocol(extensions) {
        Some(protocol) if protocol.eq_ignore_ascii_case("websocket") => Ok(()),
        Some(protocol) => Err(Rejection::new(
            StatusCode::NOT_IMPLEMENTED,
            format!("`:protocol` is `{protocol}`, and this server supports only `websocket` (RFC 8441 4)"),
        )),
        None => Err(Rejection::new(
            StatusCode::NOT_IMPLEMENTED,
            "this server is no proxy: `CONNECT` needs `:protocol` = `websocket` (RFC 8441 4)",
        )),
    }
}

/// Makes `response` the one that accepts a handshake.
pub(super) fn accept(response: &mut Response) {
    *response.status_mut() = StatusCode::OK;
    response.extensions_mut().insert(Accepted);
}

/// Returns whether `response` is the one of [`accept`].
pub(super) fn is_accepted(response: &Response) -> bool {
    response.extensions().get::<Accepted>().is_some()
}

/// A success of `CONNECT` opens the stream (RFC 9110 9.3.6). A rejection must not do that, so its success becomes a 403.
pub(crate) fn refuse_unless_accepted(method: &Method, response: &mut Response) {
    if *method == Method::CONNECT && response.status().is_success() && !is_accepted(response) {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
}
