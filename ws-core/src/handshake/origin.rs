//! Which pages may connect: the same origin by default (RFC 6455 10.2).
//!
//! A browser sends the origin of the page with every handshake and lets every page connect anywhere, cookies
//! included; only the server can say no. A native client sends none and is let through: it can claim what it likes.

use http::uri::Authority;
use http::{HeaderMap, StatusCode, Uri, header};

use super::forwarded::Scheme;
use super::rejection::Rejection;
use crate::limits::Origins;

/// Scheme, host and port of an origin or a pattern; the host may begin with `*.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    /// Reads `https://example.com:8443`; what follows the port is ignored.
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

    /// Whether `origin` is this one, or under this pattern.
    fn takes(&self, origin: &Self) -> bool {
        let host = match self.host.strip_prefix("*.") {
            Some(domain) => {
                origin.host.strip_suffix(domain).is_some_and(|sub| sub.len() > 1 && sub.ends_with('.'))
            }
            None => self.host == origin.host,
        };
        host && self.scheme == origin.scheme && self.port == origin.port
    }

    /// Whether `Host: authority` names this origin's host and port.
    fn is_host(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        authority.host().eq_ignore_ascii_case(&self.host) && port(&authority, &self.scheme) == Some(self.port)
    }
}

/// The port that is said, or the scheme's own.
fn port(authority: &Authority, scheme: &str) -> Option<u16> {
    let said = authority.as_str().strip_prefix(authority.host())?;
    match (said.strip_prefix(':'), scheme) {
        (Some(port), _) => port.parse().ok(),
        (None, "http") => Some(80),
        (None, "https") => Some(443),
        (None, _) => None,
    }
}

/// What of a handshake the origin is compared with.
pub(crate) struct Asked<'r> {
    pub(crate) headers: &'r HeaderMap,
    pub(crate) version: u8,
    /// How the client came, where that is known.
    pub(crate) scheme: Option<Scheme>,
}

/// Lets the request through, or says which setting would.
pub(crate) fn check(asked: &Asked<'_>, origins: Origins, public: &[Origin]) -> Result<(), Rejection> {
    let Asked { headers, version, scheme } = asked;
    // The drafts before version 13 called it otherwise; what stands in `Origin` all the same counts, too.
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
    let came = scheme.map(|scheme| format!(" (the proxy says that it is reached by {})", scheme.as_str()));
    let came = came.unwrap_or_default();
    Err(Rejection::new(
        StatusCode::FORBIDDEN,
        format!(
            "origin `{text}` may not connect here. Pages of this server{came} may, and those of the app's \
             `public_url(\"https://…\")`; a route takes more with `origins = [\"https://…\"]` or `origins = \"any\"`"
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
    fn c9_versions_8_and_7_say_it_in_a_header_of_their_own() {
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
