//! The origin check (RFC 6455 10.2): by default, only pages of the same origin may connect.
//!
//! A browser lets every page connect to every server, with cookies, and sends the page's origin in the handshake. Only
//! the server can reject the connection. A native client sends no origin and passes the check, because it could claim
//! any origin.

use http::uri::Authority;
use http::{HeaderMap, StatusCode, Uri, header};

use super::forwarded::Scheme;
use super::rejection::Rejection;

/// The origins of pages that may connect, as browsers send them in `Origin` (RFC 6455 10.2). Clients that send no
/// origin are always accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origins {
    /// The server's own origin, and those of [`App::public_url`](crate::App::public_url). The default.
    Same,
    /// The same, and the origins in this list: `"https://example.com"`, or `"https://*.example.com"` for all
    /// subdomains.
    These(&'static [&'static str]),
    /// Every origin.
    Any,
}

/// The scheme, host and port of an origin or of a pattern. The host may begin with `*.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    /// Parses an origin such as `https://example.com:8443`. Anything after the port is ignored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || !matches!(&*scheme, "http" | "https") {
            return None;
        }
        let port = port(authority, &scheme)?;
        Some(Self { host: authority.host().to_ascii_lowercase(), scheme, port })
    }

    /// Returns whether `origin` equals this origin or matches this pattern.
    fn takes(&self, origin: &Self) -> bool {
        let host = match self.host.strip_prefix("*.") {
            Some(domain) => {
                origin.host.strip_suffix(domain).is_some_and(|sub| sub.len() > 1 && sub.ends_with('.'))
            }
            None => self.host == origin.host,
        };
        host && self.scheme == origin.scheme && self.port == origin.port
    }

    /// Returns whether `Host: authority` names this origin's host and port.
    fn is_host(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        authority.host().eq_ignore_ascii_case(&self.host) && port(&authority, &self.scheme) == Some(self.port)
    }
}

/// Returns the port of `authority`, or the scheme's default port.
fn port(authority: &Authority, scheme: &str) -> Option<u16> {
    let port = authority.as_str().strip_prefix(authority.host())?;
    match (port.strip_prefix(':'), scheme) {
        (Some(port), _) => port.parse().ok(),
        (None, "http") => Some(80),
        (None, "https") => Some(443),
        (None, _) => None,
    }
}

/// The parts of a handshake that the origin is compared with.
pub(crate) struct Asked<'r> {
    pub(crate) headers: &'r HeaderMap,
    pub(crate) version: u8,
    /// The scheme that the client used, if a trusted proxy reports it.
    pub(crate) scheme: Option<Scheme>,
}

/// Checks the origin of a request. The text of a rejection names the settings that allow the origin.
pub(crate) fn check(asked: &Asked<'_>, origins: Origins, public: &[Origin]) -> Result<(), Rejection> {
    let Asked { headers, version, scheme } = asked;
    // Before version 13, the header was `Sec-WebSocket-Origin`. An `Origin` header is checked for those versions too.
    let draft = (*version < 13).then(|| headers.get_all("sec-websocket-origin"));
    let mut values = draft.into_iter().flatten().chain(headers.get_all(header::ORIGIN));
    let Some(value) = values.next() else { return Ok(()) };
    if origins == Origins::Any {
        return Ok(());
    }
    let text = String::from_utf8_lossy(value.as_bytes());
    let origin = match values.next() {
        Some(_) => None,
        None => Origin::parse(&text),
    };
    let allowed = origin.as_ref().is_some_and(|origin| {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let same_scheme = scheme.is_none_or(|scheme| scheme.as_str() == origin.scheme);
        same_scheme && host.is_some_and(|host| origin.is_host(host))
            || public.contains(origin)
            || match origins {
                Origins::These(list) => list
                    .iter()
                    .filter_map(|pattern| Origin::parse(pattern))
                    .any(|pattern| pattern.takes(origin)),
                Origins::Same | Origins::Any => false,
            }
    });
    if allowed {
        return Ok(());
    }
    let came = scheme.map(|scheme| format!(" ({}, according to the proxy)", scheme.as_str()));
    let came = came.unwrap_or_default();
    Err(Rejection::new(
        StatusCode::FORBIDDEN,
        format!(
            "origin `{text}` is not allowed; allowed are the server's own origin{came} and the app's \
             `public_url(\"https://…\")`; to allow more, write `origins = [\"https://…\"]` or `origins = \"any\"` on \
             the route"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(headers: &HeaderMap) -> Asked<'_> {
        Asked { headers, version: 13, scheme: None }
    }

    fn let_through(origin: &str, host: &str, origins: Origins, public: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        if !origin.is_empty() {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers.insert(header::HOST, host.parse().unwrap());
        let public: Vec<_> = public.iter().map(|url| Origin::parse(url).unwrap()).collect();
        check(&asked(&headers), origins, &public).is_ok()
    }

    #[test]
    fn the_same_host_and_port_and_no_other() {
        let same = |origin, host| let_through(origin, host, Origins::Same, &[]);
        assert!(same("http://localhost:8080", "localhost:8080"));
        assert!(same("https://Example.com", "example.com"));
        assert!(same("https://example.com", "example.com:443"));
        assert!(same("http://[::1]:8080", "[::1]:8080"));
        assert!(same("", "example.com"));
        assert!(!same("http://localhost:8081", "localhost:8080"));
        assert!(!same("https://example.com", "example.com:80"));
        assert!(!same("https://example.com.evil.org", "example.com"));
        assert!(!same("https://user@example.com", "example.com"));
        assert!(!same("null", "example.com"));
        assert!(!same("file://", "example.com"));
        assert!(!same("http://example.com:99999", "example.com"));
        assert!(!same("http://example.com", "example.com:99999"));
        assert!(!same("wss://example.com", "example.com"));
    }

    #[test]
    fn public_urls_and_patterns_widen_it() {
        assert!(let_through("https://a.org", "inner:8080", Origins::Same, &["https://a.org/app"]));
        let these = Origins::These(&["https://a.org", "https://*.b.org"]);
        assert!(let_through("https://a.org", "x", these, &[]));
        assert!(let_through("https://deep.sub.b.org", "x", these, &[]));
        assert!(!let_through("https://b.org", "x", these, &[]));
        assert!(!let_through("https://evilb.org", "x", these, &[]));
        assert!(!let_through("http://sub.b.org", "x", these, &[]));
        assert!(!let_through("null", "x", these, &[]));
        assert!(let_through("null", "x", Origins::Any, &[]));
    }

    #[test]
    fn where_the_scheme_is_known_it_must_be_the_same() {
        let let_through = |origin: &str, scheme| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            headers.insert(header::HOST, "example.com".parse().unwrap());
            check(&Asked { scheme, ..asked(&headers) }, Origins::Same, &[]).is_ok()
        };
        for (origin, other, scheme) in [
            ("https://example.com", "http://example.com", Scheme::Https),
            ("http://example.com", "https://example.com", Scheme::Http),
        ] {
            assert!(let_through(origin, Some(scheme)) && !let_through(other, Some(scheme)));
            assert!(let_through(origin, None) && let_through(other, None));
        }
    }

    #[test]
    fn c9_versions_8_and_7_send_it_in_a_header_of_their_own() {
        let mut headers = HeaderMap::new();
        headers.insert("sec-websocket-origin", "http://example.com".parse().unwrap());
        headers.insert(header::HOST, "other.org".parse().unwrap());
        let refused = |headers: &HeaderMap, version| {
            check(&Asked { version, ..asked(headers) }, Origins::Same, &[]).is_err()
        };
        assert!(refused(&headers, 8) && refused(&headers, 7) && !refused(&headers, 13));
        headers.insert(header::HOST, "example.com".parse().unwrap());
        assert!(!refused(&headers, 8) && !refused(&headers, 7));
        headers.insert(header::ORIGIN, "http://example.com".parse().unwrap());
        assert!(refused(&headers, 8), "two origins are none");
    }

    #[test]
    fn the_refusal_names_the_setting() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, "https://evil.org".parse().unwrap());
        let rejection = check(&asked(&headers), Origins::Same, &[]).unwrap_err();
        assert_eq!(rejection.status, 403);
        assert!(rejection.why().contains("origins = ["), "{}", rejection.why());
    }
}
