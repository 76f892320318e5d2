//! The host that a request is for (RFC 9110 7.2, RFC 9112 3.2): the header `Host`, or the authority of a request target
//! such as `http://example.com/chat`.

use std::net::Ipv6Addr;

use http::request::Parts;
use http::{HeaderMap, HeaderValue, Uri, Version, header};

use super::rejection::Rejection;

/// A host and a port, as in `Host: example.com:8080`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Host<'t> {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub(crate) name: &'t str,
    pub(crate) port: Option<u16>,
}

impl<'t> Host<'t> {
    /// Parses `uri-host [ ":" port ]` (RFC 3986 3.2). Returns `None` for anything else, a user before the host included.
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let end = match text.strip_prefix('[') {
            Some(v6) => v6.find(']')? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (name, port) = text.split_at(end);
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            // `example.com:` has the default port.
            Some("") => None,
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => Some(digits.parse().ok()?),
            _ => return None,
        };
        (name.is_empty() || is_address(name) || is_name(name)).then_some(Self { name, port })
    }
}

/// Returns whether `name` is an IPv6 address in brackets. A zone, as in `[fe80::1%eth0]`, is allowed: some clients
/// send it.
fn is_address(name: &str) -> bool {
    let Some(address) = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) else { return false };
    let (address, zone) = address.split_once('%').unwrap_or((address, "eth0"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && is_name(zone)
}

/// Returns whether `name` has only letters of a registered name: unreserved, percent-encoded and sub-delims.
fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| {
        let is_other = matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
        );
        byte.is_ascii_alphanumeric() || is_other
    })
}

/// Checks that a request names one host, if its version requires one.
pub(crate) fn check(version: Version, uri: &Uri, headers: &HeaderMap) -> Result<(), Rejection> {
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let (first, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err(Rejection::bad_request("the request has more than one `Host` (RFC 9112 3.2)"));
    }
    match first {
        Some(host) if host.to_str().ok().and_then(Host::parse).is_none() => {
            return Err(Rejection::bad_request(format!(
                "`Host: {}` is not a host with an optional port (RFC 9112 3.2)",
                String::from_utf8_lossy(host.as_bytes())
            )));
        }
        None if version == Version::HTTP_11 => {
            return Err(Rejection::bad_request("the request has no `Host` (RFC 9112 3.2)"));
        }
        _ => {}
    }
    match uri.authority() {
        Some(authority) if Host::parse(authority.as_str()).is_none() => Err(Rejection::bad_request(format!(
            "`{authority}` in the request target is not a host with an optional port (RFC 9112 3.2.2)"
        ))),
        _ => Ok(()),
    }
}

/// Checks the host of a request, then [adopts that of its target](adopt_target).
pub(crate) fn settle(parts: &mut Parts) -> Result<(), Rejection> {
    check(parts.version, &parts.uri, &parts.headers)?;
    adopt_target(parts);
    Ok(())
}

/// Replaces `Host` by the authority of an absolute target, so that the application reads the host that was checked.
///
/// RFC 9112 3.2.2 requires a server to ignore `Host` here, so a request whose `Host` differs is not refused.
pub(crate) fn adopt_target(parts: &mut Parts) {
    if let Some(host) = parts.uri.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        parts.headers.insert(header::HOST, host);
    }
}

/// Returns the host that a request is for. `None` if there is none, or an invalid one.
pub(crate) fn of<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<Host<'r>> {
    // The target's own authority replaces `Host` (RFC 9112 3.2.2).
    let host = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers.get(header::HOST)?.to_str().ok()?,
    };
    Host::parse(host).filter(|host| !host.name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_separated() {
        for (text, name, port) in [
            ("example.com", "example.com", None),
            ("example.com:8080", "example.com", Some(8080)),
            ("example.com:", "example.com", None),
            ("my_host.local", "my_host.local", None),
            ("127.0.0.1:80", "127.0.0.1", Some(80)),
            ("[::1]", "[::1]", None),
            ("[::1]:8080", "[::1]", Some(8080)),
            ("[fe80::1%eth0]:1", "[fe80::1%eth0]", Some(1)),
            ("", "", None),
        ] {
            assert_eq!(Host::parse(text), Some(Host { name, port }), "{text}");
        }
        for text in [
            "a b",
            "user@example.com",
            "example.com/",
            "example.com:x",
            "example.com:80:80",
            "example.com:65536",
            "::1",
            "[::1",
            "[::1]x",
            "[example.com]",
            "[::1%]",
            "größe.de",
            "a\"b",
        ] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }
}
