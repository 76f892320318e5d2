//! The origin check (RFC 6455 10.2): by default, only pages of the same origin may connect.
//!
//! A browser lets every page connect to every server, with cookies, and sends the page's origin in the handshake. Only
//! the server can reject the connection. A client that is no browser usually sends no origin and passes the check,
//! because it could claim any origin.

use http::{HeaderMap, StatusCode, Uri, header};

use super::forwarded::Scheme;
use super::host::{self, Host};
use super::hosts::is_rebound;
use super::origins::Allowed;
use super::rejection::Rejection;

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

    /// Returns whether the scheme is `https`.
    #[cfg(feature = "pages")]
    pub(crate) fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// Returns whether this is the origin of pages that a web server serves.
    pub(crate) fn is_of_a_page(&self) -> bool {
        default_port(&self.scheme).is_some()
    }

    /// Returns the port, if this is the origin of a page over TLS.
    #[cfg(feature = "tls")]
    pub(crate) fn https_port(&self) -> Option<u16> {
        self.port.filter(|_| self.scheme == "https")
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
mod tests;
