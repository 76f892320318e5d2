//! Parses the URLs that a client connects to.

use http::Uri;
use http::uri::PathAndQuery;

use super::error::Error;

/// A checked `ws://` or `wss://` URL (RFC 6455 section 3).
#[derive(Debug)]
pub(super) struct Target {
    pub(super) tls: bool,
    /// The host, without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of the `Host` header, which omits a default port.
    pub(super) authority: String,
    /// The path with its query. It starts with `/`.
    pub(super) path: String,
}

impl Target {
    pub(super) fn parse(url: &str) -> Result<Self, Error> {
        let invalid = |problem| Error::Url { url: url.to_owned(), problem };
        let uri: Uri = url.parse().map_err(|_| invalid("it cannot be parsed"))?;
        let tls = match uri.scheme_str() {
            Some(scheme) if scheme.eq_ignore_ascii_case("ws") => false,
            Some(scheme) if scheme.eq_ignore_ascii_case("wss") => true,
            _ => return Err(invalid("it must start with `ws://` or `wss://`")),
        };
        let authority = uri.authority().filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or_else(|| invalid("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(invalid("it contains a user; set the header `authorization` instead"));
        }
        let default = if tls { 443 } else { 80 };
        let bracketed = authority.host();
        // `Authority::port` is `None` for a port that is too large.
        let port = match authority.as_str()[bracketed.len()..].trim_start_matches(':') {
            "" => default,
            port => port.parse().map_err(|_| invalid("its port is not a number up to 65535"))?,
        };
        let host = bracketed.trim_start_matches('[').trim_end_matches(']').to_owned();
        let authority = if port == default { bracketed.to_owned() } else { format!("{bracketed}:{port}") };
        let path = match uri.path_and_query().map_or("", PathAndQuery::as_str) {
            path if path.starts_with('/') => path.to_owned(),
            query => format!("/{query}"),
        };
        Ok(Self { tls, host, port, authority, path })
    }

    /// Returns host and port as errors show them.
    pub(super) fn address(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, tls, address, authority, path) in [
            ("ws://example.com", false, "example.com:80", "example.com", "/"),
            ("ws://example.com:80/a?b=c", false, "example.com:80", "example.com", "/a?b=c"),
            ("wss://example.com:444/a#b", true, "example.com:444", "example.com:444", "/a"),
            ("wss://[::1]/", true, "[::1]:443", "[::1]", "/"),
            ("WS://[::1]:81?x", false, "[::1]:81", "[::1]:81", "/?x"),
        ] {
            let target = Target::parse(url).unwrap();
            let parts = (target.tls, target.address(), &*target.authority, &*target.path);
            assert_eq!(parts, (tls, address.to_owned(), authority, path), "{url}");
            assert!(!target.host.contains('['), "{url}");
        }
    }

    #[test]
    fn invalid_urls_are_errors_with_their_cause() {
        for (url, problem) in [
            ("http://example.com", "it must start with `ws://` or `wss://`"),
            ("example.com/a", "it cannot be parsed"),
            ("/a", "it must start with `ws://` or `wss://`"),
            ("ws://", "it cannot be parsed"),
            ("ws://ada:secret@example.com", "it contains a user; set the header `authorization` instead"),
            ("ws://example.com:65536/", "its port is not a number up to 65535"),
            ("ws://a b/", "it cannot be parsed"),
        ] {
            let error = Target::parse(url).unwrap_err().to_string();
            assert_eq!(error, format!("invalid WebSocket URL `{url}`: {problem}"));
        }
    }
}
