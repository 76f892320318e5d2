//! The origin check (RFC 6455 10.2): by default, only pages of the same origin may connect.
//!
//! A browser lets every page connect to every server, with cookies, and sends the page's origin in the handshake. Only
//! the server can reject the connection. A client that is no browser usually sends no origin and passes the check,
//! because it could claim any origin.

use std::borrow::Cow;

use http::{HeaderMap, StatusCode, Uri, header};

use super::forwarded::Scheme;
use super::host::{self, Host};
use super::hosts::is_rebound;
use super::rejection::Rejection;

/// The origins that may connect, as clients send them in `Origin` (RFC 6455 10.2). Clients that send no origin are
/// always accepted.
///
/// For a list that is only known at run time, pass a `Vec<String>` or any other list of text to
/// [`Route::origins`](crate::Route::origins) or [`App::origins`](crate::App::origins).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origins {
    /// The server's own origin, and those of [`App::public_url`](crate::App::public_url). The default.
    Same,
    /// The same, and the origins in this list: `"https://example.com"`, `"https://*.example.com"` for all subdomains,
    /// or the origin of an app or extension, such as `"capacitor://localhost"` or `"chrome-extension://…"`.
    ///
    /// `"null"` is the origin of local files and of sandboxed frames. Any page can embed such a frame, so it allows
    /// nearly as much as [`Any`](Self::Any).
    These(&'static [&'static str]),
    /// Every origin.
    Any,
}

/// The origins that a route or an app allows: [`Origins`], or a list of text, such as a `Vec<String>` or
/// `["https://example.com"]`.
///
/// A list means the same as [`Origins::These`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of origins",
    note = "pass `Origins::Any`, `Origins::Same`, or a list of strings, such as `[\"https://example.com\"]`"
)]
pub trait IntoOrigins: sealed::IntoOrigins {}

mod sealed {
    use super::OriginList;

    pub trait IntoOrigins {
        #[doc(hidden)]
        fn into_origins(self) -> OriginList;
    }
}

/// The origins that a route or an app allows, as text. `None`: every origin.
#[derive(Clone, Debug)]
pub struct OriginList(Option<Vec<Cow<'static, str>>>);

impl IntoOrigins for Origins {}
impl sealed::IntoOrigins for Origins {
    fn into_origins(self) -> OriginList {
        OriginList(match self {
            Self::Same => Some(Vec::new()),
            Self::These(list) => Some(list.iter().copied().map(Cow::Borrowed).collect()),
            Self::Any => None,
        })
    }
}

impl<L> IntoOrigins for L where L: IntoIterator<Item: AsRef<str>> {}
impl<L> sealed::IntoOrigins for L
where
    L: IntoIterator<Item: AsRef<str>>,
{
    fn into_origins(self) -> OriginList {
        OriginList(Some(self.into_iter().map(|origin| Cow::Owned(origin.as_ref().to_owned())).collect()))
    }
}

impl Default for OriginList {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl OriginList {
    pub(crate) fn of(origins: impl IntoOrigins) -> Self {
        origins.into_origins()
    }

    /// Parses the list. Returns the problem of the first origin that is invalid.
    pub(crate) fn parse(&self) -> Result<Allowed, String> {
        match &self.0 {
            Some(list) => {
                list.iter().map(|origin| Origin::listed(origin)).collect::<Result<_, _>>().map(Allowed::These)
            }
            None => Ok(Allowed::Any),
        }
    }
}

/// The origins that a route allows in addition to the server's own.
#[derive(Clone, Debug)]
pub(crate) enum Allowed {
    Any,
    These(Vec<Origin>),
}

/// The scheme, host and port of an origin or of a pattern. The host of a pattern may begin with `*.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// Parses an origin such as `https://example.com:8443`, or `null`. Anything after the port is ignored, and `ws` and
    /// `wss` are the same as `http` and `https`: some clients send the URL that they connect to.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::pattern(text).filter(|origin| !origin.host.contains('*'))
    }

    fn pattern(text: &str) -> Option<Self> {
        if text == "null" {
            return Some(Self { scheme: text.to_owned(), host: String::new(), port: None });
        }
        let (scheme, rest) = text.split_once("://")?;
        let scheme = match scheme.to_ascii_lowercase() {
            scheme if scheme == "ws" => "http".to_owned(),
            scheme if scheme == "wss" => "https".to_owned(),
            scheme if is_scheme(&scheme) => scheme,
            _ => return None,
        };
        let host = Host::parse(rest.split(['/', '?', '#']).next()?)?;
        if host.name.is_empty() && scheme != "file" {
            return None;
        }
        let port = host.port.or_else(|| default_port(&scheme));
        Some(Self { host: host.name.to_ascii_lowercase(), scheme, port })
    }

    /// Parses an origin of a list, whose host may begin with `*.`.
    pub(crate) fn listed(text: &str) -> Result<Self, String> {
        let origin = Self::pattern(text).filter(|origin| {
            let host = origin.host.strip_prefix("*.").unwrap_or(&origin.host);
            !host.contains('*') && (!host.is_empty() || origin.host.is_empty())
        });
        origin.ok_or_else(|| {
            let every = if text == "*" { "; for every origin, use `Origins::Any`" } else { "" };
            format!(
                "origin `{text}` is invalid; write it as `https://example.com` or `https://*.example.com`{every}"
            )
        })
    }

    /// Returns whether this is the origin of pages that a web server serves.
    pub(crate) fn is_of_a_page(&self) -> bool {
        default_port(&self.scheme).is_some()
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

    /// Returns whether `host` is this origin's host and port.
    fn is_at(&self, host: Host<'_>) -> bool {
        default_port(&self.scheme).is_some_and(|port| Some(host.port.unwrap_or(port)) == self.port)
            && host.name.eq_ignore_ascii_case(&self.host)
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Returns the default port of a page's scheme.
fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// The parts of a handshake that the origin is compared with.
pub(crate) struct Asked<'r> {
    pub(crate) uri: &'r Uri,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) version: u8,
    /// The scheme that the client used, if a trusted proxy reports it.
    pub(crate) scheme: Option<Scheme>,
    /// The port of the app's listener, if it listens on a loopback address and did not declare its hosts.
    pub(crate) loopback: Option<u16>,
}

/// Checks the origin of a request. The text of a rejection names the settings that allow the origin.
pub(crate) fn check(asked: &Asked<'_>, allowed: &Allowed, public: &[Origin]) -> Result<(), Rejection> {
    let Asked { uri, headers, version, scheme, loopback } = asked;
    // Before version 13, the header was `Sec-WebSocket-Origin`. An `Origin` header is checked for those versions too.
    let draft = (*version < 13).then(|| headers.get_all("sec-websocket-origin"));
    let mut values = draft.into_iter().flatten().chain(headers.get_all(header::ORIGIN));
    let Some(value) = values.next() else { return Ok(()) };
    let Allowed::These(list) = allowed else { return Ok(()) };
    let text = String::from_utf8_lossy(value.as_bytes());
    let origin = match values.next() {
        Some(_) => None,
        None => Origin::parse(&text),
    };
    let host = host::of(uri, headers);
    // A page of an `https` origin cannot connect to a listener without TLS.
    let is_rebound = origin.as_ref().is_some_and(|origin| origin.scheme == "http")
        && loopback.zip(host).is_some_and(|(port, host)| is_rebound(host, port, headers));
    let is_allowed = origin.as_ref().is_some_and(|origin| {
        let same_scheme = scheme.is_none_or(|scheme| scheme.as_str() == origin.scheme);
        same_scheme && !is_rebound && host.is_some_and(|host| origin.is_at(host))
            || public.contains(origin)
            || list.iter().any(|pattern| pattern.takes(origin))
    });
    if is_allowed {
        return Ok(());
    }
    if let (true, Some(Host { name, .. })) = (is_rebound, host) {
        return Err(Rejection::new(
            StatusCode::FORBIDDEN,
            format_args!(
                "origin `{text}` is not allowed: this server listens on a loopback address, and pages of a public name \
                 may have been led to it by DNS rebinding; if `{name}` is yours, write `App::hosts([\"{name}\"])`"
            ),
        ));
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
    use std::sync::LazyLock;

    use super::*;

    fn asked(headers: &HeaderMap) -> Asked<'_> {
        static TARGET: LazyLock<Uri> = LazyLock::new(|| Uri::from_static("/chat"));
        Asked { uri: &TARGET, headers, version: 13, scheme: None, loopback: None }
    }

    fn allowed(origins: impl IntoOrigins) -> Allowed {
        OriginList::of(origins).parse().unwrap()
    }

    fn let_through(origin: &str, host: &str, origins: impl IntoOrigins, public: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        if !origin.is_empty() {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers.insert(header::HOST, host.parse().unwrap());
        let public: Vec<_> = public.iter().map(|url| Origin::parse(url).unwrap()).collect();
        check(&asked(&headers), &allowed(origins), &public).is_ok()
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
        assert!(!same("app://example.com:80", "example.com:80"));
    }

    #[test]
    fn a_websocket_url_is_the_origin_of_its_server() {
        let same = |origin, host| let_through(origin, host, Origins::Same, &[]);
        assert!(same("ws://localhost:8080", "localhost:8080"));
        assert!(same("wss://example.com/chat?x", "example.com"));
        assert!(same("WSS://example.com", "example.com:443"));
        assert!(!same("wss://example.org", "example.com"));
        assert!(!same("wss://example.com", "example.com:8080"));
        assert!(let_through("wss://a.org", "inner", Origins::Same, &["https://a.org"]));
        assert!(let_through("wss://a.org", "inner", ["https://a.org"], &[]));
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
    fn whatever_a_client_may_send_can_be_listed() {
        for origin in [
            "capacitor://localhost",
            "ionic://localhost",
            "tauri://localhost",
            "app://obsidian.md",
            "chrome-extension://abcdefghijklmnop",
            "moz-extension://1f8e-22",
            "vscode-webview://1q2w",
            "file://",
            "null",
            "http://[::1]:3000",
        ] {
            assert!(let_through(origin, "x", [origin], &[]), "{origin}");
            assert!(!let_through(origin, "x", ["https://a.org"], &[]), "{origin}");
        }
        assert!(let_through("chrome-extension://ABC", "x", vec!["Chrome-Extension://abc".to_owned()], &[]));
        assert!(!let_through("chrome-extension://xyz", "x", ["chrome-extension://abc"], &[]));
        for (bad, words) in [
            ("*", "`Origins::Any`"),
            ("example.com", "origin `example.com`"),
            ("https://a.*.org", "`https://*.example.com`"),
            ("https://*.", "`https://*.example.com`"),
            ("https://", "is invalid"),
            ("1x://a", "is invalid"),
            ("https://u@a.org", "is invalid"),
        ] {
            let problem = OriginList::of([bad]).parse().unwrap_err();
            assert!(problem.contains(words), "{problem}");
        }
        assert!(!let_through("https://*.example.com", "x", ["https://*.example.com"], &[]));
    }

    #[test]
    fn where_the_scheme_is_known_it_must_be_the_same() {
        let let_through = |origin: &str, scheme| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            headers.insert(header::HOST, "example.com".parse().unwrap());
            check(&Asked { scheme, ..asked(&headers) }, &allowed(Origins::Same), &[]).is_ok()
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
            check(&Asked { version, ..asked(headers) }, &allowed(Origins::Same), &[]).is_err()
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
        let rejection = check(&asked(&headers), &allowed(Origins::Same), &[]).unwrap_err();
        assert_eq!(rejection.status, 403);
        assert!(rejection.why().contains("origins = ["), "{}", rejection.why());
    }
}
