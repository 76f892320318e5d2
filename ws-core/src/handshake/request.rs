//! The server's half of the opening handshake (RFC 6455 4.2), on a request that hyper has parsed. Over HTTP/2, RFC 8441
//! replaces its beginning; see [`connect`](super::connect).

use std::borrow::Cow;

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};

use super::rejection::Rejection;
use super::{connect, host};
use crate::handshake::accept::accept;

const UPGRADE: (HeaderName, &str) = (header::UPGRADE, "websocket");
const CONNECTION: (HeaderName, &str) = (header::CONNECTION, "Upgrade");

/// The supported versions: 13 is RFC 6455, 8 its drafts hybi-08 to hybi-12, and 7 the draft hybi-07. Their frames are
/// the same.
const VERSIONS: [(&str, u8); 3] = [("13", 13), ("8", 8), ("7", 7)];
const SPOKEN: &str = "13, 8, 7";

/// A valid handshake request.
#[derive(Debug)]
pub(crate) struct Handshake {
    /// `Sec-WebSocket-Version`.
    pub(crate) version: u8,
    /// The subprotocols that the client offers, in its order.
    pub(crate) offered: Vec<String>,
    /// `None` over HTTP/2.
    accept: Option<HeaderValue>,
}

/// Checks the parts of a request that do not depend on the route.
pub(crate) fn check(parts: &Parts) -> Result<Handshake, Rejection> {
    host::check(parts.version, &parts.uri, &parts.headers)?;
    let upgrades = parts.version != Version::HTTP_2;
    if upgrades {
        check_upgrade(parts)?;
    } else {
        connect::check(parts)?;
    }
    let headers = &parts.headers;
    if host::of(&parts.uri, headers).is_none() {
        return Err(Rejection::bad_request(
            "the `Host` of a WebSocket handshake must not be empty (RFC 6455 4.1)",
        ));
    }
    // The answer to a wrong version names the right ones, so it comes before other errors.
    let version = version(parts)?;
    let accept = upgrades.then(|| key(headers).map(accept)).transpose()?;
    Ok(Handshake { version, offered: offered(headers)?, accept })
}

/// Checks the parts of a request over HTTP/1.1 that ask for the upgrade.
fn check_upgrade(parts: &Parts) -> Result<(), Rejection> {
    if parts.method != Method::GET {
        return Err(Rejection::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!(
                "a WebSocket handshake must be a GET request (RFC 6455 4.1), but this is {}",
                parts.method
            ),
        )
        .headers(&[(header::ALLOW, "GET")]));
    }
    if parts.version != Version::HTTP_11 {
        return Err(Rejection::bad_request(format!(
            "a WebSocket handshake requires HTTP/1.1 (RFC 6455 4.1), but this request uses {:?}",
            parts.version
        )));
    }
    let headers = &parts.headers;
    if !has_token(headers, &header::UPGRADE, "websocket") {
        return Err(Rejection::new(
            StatusCode::UPGRADE_REQUIRED,
            "this is a WebSocket endpoint: the request must have `Upgrade: websocket` (RFC 6455 4.1)",
        )
        .headers(&[UPGRADE, CONNECTION]));
    }
    if !has_token(headers, &header::CONNECTION, "upgrade") {
        return Err(Rejection::bad_request(
            "the request must have `Connection: Upgrade` (RFC 6455 4.1); a proxy may have removed it",
        ));
    }
    if has_body(headers) {
        return Err(Rejection::bad_request(
            "a WebSocket handshake must not have a body: the bytes after its head are frames (RFC 6455 4.1)",
        ));
    }
    Ok(())
}

/// Returns whether a request asks for a WebSocket, whether or not it is valid.
pub(crate) fn is_handshake(method: &Method, headers: &HeaderMap, extensions: &Extensions) -> bool {
    match *method {
        Method::GET => has_token(headers, &header::UPGRADE, "websocket"),
        Method::CONNECT => connect::protocol(extensions).is_some(),
        _ => false,
    }
}

/// Returns whether a response accepts a handshake.
pub(crate) fn is_accepted(response: &Response) -> bool {
    response.status() == StatusCode::SWITCHING_PROTOCOLS || connect::is_accepted(response)
}

impl Handshake {
    /// Returns the response that accepts the handshake: 101, or 200 over HTTP/2.
    pub(crate) fn response(
        self,
        subprotocol: Option<&str>,
        extensions: Option<HeaderValue>,
        extra: HeaderMap,
    ) -> Response {
        let mut response = Response::new(Body::empty());
        let headers = response.headers_mut();
        *headers = extra;
        // A handler cannot set the headers that the handshake negotiates.
        headers.remove(header::SEC_WEBSOCKET_EXTENSIONS);
        headers.remove(header::SEC_WEBSOCKET_PROTOCOL);
        // There is no body (RFC 9110 8.6, RFC 9112 6.1). hyper would reset the stream of HTTP/2.
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::TRANSFER_ENCODING);
        if let Some(name) = subprotocol.and_then(|name| HeaderValue::from_str(name).ok()) {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, name);
        }
        if let Some(extensions) = extensions {
            headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, extensions);
        }
        let Some(accept) = self.accept else {
            connect::accept(&mut response);
            return response;
        };
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response
    }
}

/// Selects a subprotocol by the route's order of preference, or none if the route or the client has none. If none of
/// the offered ones is supported, the request is rejected (RFC 6455 4.2.2).
pub(crate) fn choose<'r>(
    ours: &'r [Cow<'static, str>],
    offered: &[String],
) -> Result<Option<&'r str>, Rejection> {
    if ours.is_empty() || offered.is_empty() {
        return Ok(None);
    }
    match ours.iter().find(|ours| offered.iter().any(|offer| *offer == **ours)) {
        Some(name) => Ok(Some(name)),
        None => Err(Rejection::bad_request(format!(
            "none of the offered subprotocols ({}) is supported; supported subprotocols: {}",
            offered.join(", "),
            ours.join(", ")
        ))),
    }
}

/// Returns the items of a header that is a list of tokens, on one line or on several (RFC 9110 5.3).
fn tokens<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(name)
        .into_iter()
        .flat_map(|value| value.to_str().unwrap_or("\u{fffd}").split(','))
        .map(str::trim)
        .filter(|token| !token.is_empty())
}

fn has_token(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    tokens(headers, name).any(|token| token.eq_ignore_ascii_case(wanted))
}

/// Returns whether the head announces a body (RFC 9112 6.3).
fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers
            .get_all(header::CONTENT_LENGTH)
            .into_iter()
            .any(|length| length.as_bytes().iter().any(|digit| *digit != b'0'))
}

fn version(parts: &Parts) -> Result<u8, Rejection> {
    let mut values = parts.headers.get_all(header::SEC_WEBSOCKET_VERSION).into_iter();
    let value = values.next().map(HeaderValue::as_bytes);
    // A proxy may join two lines into one (RFC 9110 5.3).
    if values.next().is_some() || value.is_some_and(|value| value.contains(&b',')) {
        return Err(Rejection::bad_request(
            "the request must have exactly one `Sec-WebSocket-Version` (RFC 6455 11.3.5)",
        ));
    }
    if let Some((_, version)) = VERSIONS.iter().find(|(name, _)| Some(name.as_bytes()) == value) {
        return Ok(*version);
    }
    let problem = match value {
        None => "the request has no `Sec-WebSocket-Version`".to_owned(),
        Some(value) => format!("WebSocket version {} is not supported", String::from_utf8_lossy(value)),
    };
    let problem = format!("{problem}; supported versions: {SPOKEN}");
    if parts.version == Version::HTTP_2 {
        // There is no `Upgrade` in HTTP/2, which 426 requires.
        return Err(Rejection::bad_request(problem).headers(&[(header::SEC_WEBSOCKET_VERSION, SPOKEN)]));
    }
    Err(Rejection::new(StatusCode::UPGRADE_REQUIRED, problem).headers(&[
        UPGRADE,
        CONNECTION,
        (header::SEC_WEBSOCKET_VERSION, SPOKEN),
    ]))
}

fn key(headers: &HeaderMap) -> Result<&HeaderValue, Rejection> {
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).into_iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return Err(Rejection::bad_request(
            "the request must have exactly one `Sec-WebSocket-Key` (RFC 6455 4.1)",
        ));
    };
    // A key of another length does not fit, or decodes to fewer bytes.
    match STANDARD.decode_slice(key.as_bytes(), &mut [0; 18]) {
        Ok(16) => Ok(key),
        _ => Err(Rejection::bad_request("`Sec-WebSocket-Key` must be 16 bytes in base64 (RFC 6455 4.1)")),
    }
}

fn offered(headers: &HeaderMap) -> Result<Vec<String>, Rejection> {
    let mut offered: Vec<String> = Vec::new();
    for name in tokens(headers, &header::SEC_WEBSOCKET_PROTOCOL) {
        if !is_token(name) {
            return Err(Rejection::bad_request(format!(
                "`{name}` in `Sec-WebSocket-Protocol` is not a token (RFC 6455 4.1)"
            )));
        }
        if offered.iter().any(|other| other == name) {
            return Err(Rejection::bad_request(format!(
                "`Sec-WebSocket-Protocol` offers `{name}` twice (RFC 6455 4.1)"
            )));
        }
        offered.push(name.to_owned());
    }
    if offered.is_empty() && headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        return Err(Rejection::bad_request("`Sec-WebSocket-Protocol` is empty (RFC 6455 4.1)"));
    }
    Ok(offered)
}

/// Returns whether `text` is a token (RFC 9110 5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const GOOD: [(&str, &str); 5] = [
        ("host", "example.com"),
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    fn with(name: &str, value: &str) -> Parts {
        let mut headers: Vec<_> = GOOD.into_iter().filter(|(have, _)| *have != name).collect();
        if !value.is_empty() {
            headers.push((name, value));
        }
        request(&headers)
    }

    #[test]
    fn the_accept_value_is_that_of_rfc_6455() {
        let handshake = check(&request(&GOOD)).unwrap();
        let response = handshake.response(None, None, HeaderMap::new());
        assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn upgrade_and_connection_are_token_lists_in_any_case() {
        assert!(check(&with("connection", "keep-alive, UPGRADE")).is_ok());
        assert!(check(&with("upgrade", "h2c, WebSocket")).is_ok());
        assert_eq!(check(&with("connection", "keep-alive")).unwrap_err().status, 400);
        assert_eq!(check(&with("upgrade", "")).unwrap_err().status, 426);
    }

    #[test]
    fn the_key_is_exactly_sixteen_bytes() {
        for bad in ["", "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBsZSBub25jZQ", "not base64 at all!!!!!!!"] {
            let rejection = check(&with("sec-websocket-key", bad)).unwrap_err();
            assert_eq!(rejection.status, 400, "{bad}");
            assert!(rejection.why().contains("Sec-WebSocket-Key"), "{bad}");
        }
    }

    #[test]
    fn another_version_is_answered_with_the_list() {
        for bad in ["", "12", "9", "6", "08"] {
            let rejection = check(&with("sec-websocket-version", bad)).unwrap_err();
            assert_eq!(rejection.status, 426, "{bad}");
            assert!(rejection.headers.contains(&(header::SEC_WEBSOCKET_VERSION, "13, 8, 7")));
        }
    }

    #[test]
    fn c9_versions_13_8_and_7_are_spoken() {
        for (value, version) in [("13", 13), ("8", 8), ("7", 7)] {
            assert_eq!(check(&with("sec-websocket-version", value)).unwrap().version, version);
        }
    }

    #[test]
    fn the_route_prefers_among_the_offered_ones() {
        let offered = ["v1".to_owned(), "v2".to_owned()];
        assert_eq!(choose(&["v2".into(), "v1".into()], &offered).unwrap(), Some("v2"));
        assert_eq!(choose(&[], &offered).unwrap(), None);
        assert_eq!(choose(&["v2".into()], &[]).unwrap(), None);
        assert_eq!(choose(&["v3".into()], &offered).unwrap_err().status, 400);
    }
}
