//! The hosts that an app serves, against DNS rebinding: a page of `evil.example` whose name suddenly resolves to
//! 127.0.0.1 is of the same origin as a server there, because the browser sends `Host: evil.example`.

use std::net::Ipv4Addr;

use http::{HeaderMap, StatusCode, Uri};

use super::host::{self, Host};
use super::rejection::Rejection;

/// The hosts that an app serves.
#[derive(Clone, Debug)]
pub(crate) struct Hosts(Vec<Pattern>);

#[derive(Clone, Debug)]
enum Pattern {
    Every,
    /// A host, and the port if it matters.
    Host(String, Option<u16>),
    /// Every subdomain of this domain, which begins with a dot.
    Below(String, Option<u16>),
}

impl Hosts {
    /// Parses `example.com`, `example.com:8080`, `*.example.com` and `*`. The error is the first text that is none of
    /// these.
    pub(crate) fn parse(hosts: &[String]) -> Result<Self, &str> {
        hosts.iter().map(|text| Pattern::parse(text).ok_or(text.as_str())).collect::<Result<_, _>>().map(Self)
    }

    /// Checks the host of a request.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Rejection> {
        let asked = host::of(uri, headers);
        if asked.is_some_and(|host| self.0.iter().any(|pattern| pattern.takes(host))) {
            return Ok(());
        }
        let asked = match asked {
            Some(Host { name, port: Some(port) }) => format!("`{name}:{port}`"),
            Some(Host { name, port: None }) => format!("`{name}`"),
            None => "a request without `Host`".to_owned(),
        };
        Err(Rejection::new(
            StatusCode::MISDIRECTED_REQUEST,
            format_args!("this server does not serve {asked}; to serve it, add it to `App::hosts`"),
        ))
    }
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Every);
        }
        let Host { name, port } = Host::parse(text)?;
        let name = trimmed(name).to_ascii_lowercase();
        match name.strip_prefix('*') {
            Some(domain) if domain.len() > 1 && domain.starts_with('.') && !domain.contains('*') => {
                Some(Self::Below(domain.to_owned(), port))
            }
            None if !name.is_empty() && !name.contains('*') => Some(Self::Host(name, port)),
            _ => None,
        }
    }

    fn takes(&self, host: Host<'_>) -> bool {
        let name = trimmed(host.name).to_ascii_lowercase();
        match self {
            Self::Every => true,
            Self::Host(own, port) => *own == name && is_port(*port, host),
            Self::Below(domain, port) => {
                name.len() > domain.len() && name.ends_with(domain) && is_port(*port, host)
            }
        }
    }
}

/// Returns whether `host` has the port `wanted`, if it matters. A host without a port may be on either default port:
/// browsers leave it out, and a proxy hides whether they use TLS.
fn is_port(wanted: Option<u16>, host: Host<'_>) -> bool {
    match (wanted, host.port) {
        (None, _) | (Some(80 | 443), None) => true,
        (wanted, port) => wanted == port,
    }
}

/// Returns whether a browser on this machine may have been led to a listener on a loopback address and `port` by a
/// public name, so that `Host` proves nothing about the page's origin.
///
/// A proxy on the same machine passes public names too. It listens on another port, or describes itself in a header
/// that a page cannot set.
pub(crate) fn is_rebound(host: Host<'_>, port: u16, headers: &HeaderMap) -> bool {
    host.port.unwrap_or(80) == port && !is_private(host.name) && !is_forwarded(headers)
}

/// Returns whether `name` is an address, or a name that nobody can register in the public DNS (RFC 6761).
fn is_private(name: &str) -> bool {
    let name = trimmed(name).to_ascii_lowercase();
    name.starts_with('[')
        || name.parse::<Ipv4Addr>().is_ok()
        || !name.contains('.')
        || [".localhost", ".test", ".internal"].iter().any(|suffix| name.ends_with(suffix))
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        let name = name.as_str();
        matches!(name, "forwarded" | "via" | "x-real-ip") || name.starts_with("x-forwarded-")
    })
}

/// Returns a name without the dot that may end it.
fn trimmed(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_by_name_port_and_subdomain() {
        let takes = |pattern: &str, host| Pattern::parse(pattern).unwrap().takes(Host::parse(host).unwrap());
        for (pattern, host, taken) in [
            ("example.com", "Example.COM", true),
            ("example.com", "example.com.:8080", true),
            ("example.com", "sub.example.com", false),
            ("example.com:8080", "example.com:8080", true),
            ("example.com:8080", "example.com", false),
            ("example.com:443", "example.com", true),
            ("example.com:80", "example.com:", true),
            ("example.com:443", "example.com:443", true),
            ("example.com:443", "example.com:80", false),
            ("*.example.com:443", "a.example.com", true),
            ("*.example.com", "a.b.example.com:1", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "evilexample.com", false),
            ("[::1]", "[::1]:80", true),
            ("*", "anything", true),
        ] {
            assert_eq!(takes(pattern, host), taken, "{pattern} {host}");
        }
        for bad in ["", "*.", "*x", "a.*.b", "http://a", "a b", "a:x"] {
            assert!(Pattern::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_a_public_name_with_the_listeners_port_may_be_rebound() {
        let mut headers = HeaderMap::new();
        let rebound = |host, headers: &HeaderMap| is_rebound(Host::parse(host).unwrap(), 8080, headers);
        for host in ["evil.example.com:8080", "lan.local:8080", "1.2.3:8080"] {
            assert!(rebound(host, &headers), "{host}");
        }
        for host in [
            "evil.example.com",
            "evil.example.com:80",
            "localhost:8080",
            "localhost.:8080",
            "app.localhost:8080",
            "app.test:8080",
            "mymachine:8080",
            "127.0.0.1:8080",
            "192.168.1.2:8080",
            "[::1]:8080",
        ] {
            assert!(!rebound(host, &headers), "{host}");
        }
        headers.insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
        assert!(!rebound("evil.example.com:8080", &headers));
    }
}
