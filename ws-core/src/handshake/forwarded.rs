//! Parses `Forwarded` (RFC 7239) and the customary `X-Forwarded-For` and `X-Forwarded-Proto`, in which proxies describe
//! the client. Each proxy appends its entry at the right end, and a client can forge everything to the left of the
//! first trusted proxy's entry. So the entries are read from the right, and only as long as they are trusted.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use super::request::is_token;

const FORWARDED: &str = "forwarded";
const X_FORWARDED_FOR: &str = "x-forwarded-for";
const X_FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The scheme of a client's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        // Some proxies write `ws` and `wss` for upgrade requests.
        match text.trim().to_ascii_lowercase().as_str() {
            "http" | "ws" => Some(Self::Http),
            "https" | "wss" => Some(Self::Https),
            _ => None,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// One proxy's description of its peer. A part that is missing, hidden or unreadable is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hop {
    /// The port is 0 if the header has none.
    pub(crate) from: Option<SocketAddr>,
    pub(crate) scheme: Option<Scheme>,
}

/// Returns the hops of `Forwarded`, the one nearest to this server first.
pub(crate) fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Hop> {
    lines(headers, FORWARDED)
        .flat_map(|line| {
            let mut quoted = false;
            line.rsplit(move |letter| {
                quoted ^= letter == '"';
                letter == ',' && !quoted
            })
        })
        .filter(|element| !element.trim().is_empty())
        .map(|element| hop(element).unwrap_or_default())
}

/// Returns the hops of `X-Forwarded-For` and `X-Forwarded-Proto`, the one nearest to this server first.
pub(crate) fn x_forwarded(headers: &HeaderMap) -> impl Iterator<Item = Hop> {
    let mut schemes = x_forwarded_proto(headers);
    // Many proxies write a single scheme for all addresses.
    let mut scheme = None;
    list(headers, X_FORWARDED_FOR).map(move |address| {
        scheme = schemes.next().unwrap_or(scheme);
        Hop { from: node(address), scheme }
    })
}

/// Returns the schemes of `X-Forwarded-Proto`, the one nearest to this server first.
pub(crate) fn x_forwarded_proto(headers: &HeaderMap) -> impl Iterator<Item = Option<Scheme>> {
    list(headers, X_FORWARDED_PROTO).map(Scheme::parse)
}

/// Returns the lines of a header, the last one first. A line that is not text becomes one that cannot be parsed.
fn lines<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    headers.get_all(name).into_iter().rev().map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

fn list<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    lines(headers, name).flat_map(|line| line.rsplit(',')).map(str::trim).filter(|item| !item.is_empty())
}

/// Parses an element such as `for="[2001:db8::1]:4711";proto=https` (RFC 7239 4). Returns `None` unless the whole
/// element is valid.
fn hop(element: &str) -> Option<Hop> {
    let (mut from, mut scheme) = (None, None);
    let mut rest = element.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after)?;
        let place: &mut Option<Cow<'_, str>> = match name {
            name if name.eq_ignore_ascii_case("for") => &mut from,
            name if name.eq_ignore_ascii_case("proto") => &mut scheme,
            name if is_token(name) => &mut None,
            _ => return None,
        };
        // Each parameter may occur only once (RFC 7239 4).
        if place.replace(value).is_some() {
            return None;
        }
        rest = match after.trim_start() {
            "" => "",
            more => more.strip_prefix(';')?.trim_start(),
        };
    }
    Some(Hop { from: from.as_deref().and_then(node), scheme: scheme.as_deref().and_then(Scheme::parse) })
}

/// Splits off a token or a quoted string.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ' ', '\t']).unwrap_or(text.len());
        let (value, after) = text.split_at(end);
        // Some proxies write values without quotes that are not tokens: `for=[::1]`, `for=192.0.2.1:4711`.
        let fits = !value.is_empty() && !value.contains(['"', ',', '=']);
        return fits.then_some((Cow::Borrowed(value), after));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    loop {
        match letters.next()? {
            (at, '"') => return Some((Cow::Owned(value), &quoted[at + 1..])),
            (_, '\\') => value.push(letters.next()?.1),
            (_, letter) => value.push(letter),
        }
    }
}

/// Parses an address with an optional port (RFC 7239 6). `unknown` and obfuscated names such as `_hidden` are `None`.
fn node(text: &str) -> Option<SocketAddr> {
    let text = text.trim();
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(SocketAddr::new(ip.to_canonical(), 0));
    }
    let (ip, port) = if let Some(v6) = text.strip_prefix('[') {
        let (ip, after) = v6.split_once(']')?;
        let port = if after.is_empty() { "0" } else { after.strip_prefix(':')? };
        (IpAddr::V6(ip.parse().ok()?), port)
    } else {
        let (ip, port) = text.split_once(':')?;
        (IpAddr::V4(ip.parse().ok()?), port)
    };
    // The port may be obfuscated although the address is not.
    let port = if port.strip_prefix('_').is_some_and(is_token) { 0 } else { port.parse().ok()? };
    Some(SocketAddr::new(ip.to_canonical(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        headers
    }

    fn read(lines: &[&str]) -> Vec<Hop> {
        forwarded(&headers(FORWARDED, lines)).collect()
    }

    fn from(addr: &str) -> Hop {
        Hop { from: Some(addr.parse().unwrap()), scheme: None }
    }

    const UNREADABLE: Hop = Hop { from: None, scheme: None };

    #[test]
    fn nodes_of_rfc_7239() {
        for (text, addr) in [
            ("192.0.2.43", "192.0.2.43:0"),
            ("192.0.2.43:47011", "192.0.2.43:47011"),
            ("192.0.2.43:_port", "192.0.2.43:0"),
            ("[2001:db8:cafe::17]", "[2001:db8:cafe::17]:0"),
            ("[2001:db8:cafe::17]:4711", "[2001:db8:cafe::17]:4711"),
            ("[2001:db8:cafe::17]:_x", "[2001:db8:cafe::17]:0"),
            ("2001:db8::1", "[2001:db8::1]:0"),
            ("[::ffff:192.0.2.1]:1", "192.0.2.1:1"),
            (" 192.0.2.1 ", "192.0.2.1:0"),
        ] {
            assert_eq!(node(text), Some(addr.parse().unwrap()), "{text}");
        }
        for none in [
            "",
            "unknown",
            "_hidden",
            "example.com",
            "192.0.2.256",
            "192.0.2.1:",
            "192.0.2.1:65536",
            "192.0.2.1:_",
            "[2001:db8::1",
            "[2001:db8::1]4711",
            "[192.0.2.1]",
            "192.0.2.1.5",
        ] {
            assert_eq!(node(none), None, "{none}");
        }
    }

    #[test]
    fn elements_are_read_from_the_right_over_all_lines() {
        let hops = read(&["for=192.0.2.1, for=192.0.2.2", "", "for=\"[2001:db8::1]:80\" ,, For=192.0.2.4,"]);
        let wanted = ["192.0.2.4:0", "[2001:db8::1]:80", "192.0.2.2:0", "192.0.2.1:0"];
        assert_eq!(hops, wanted.map(from));
    }

    #[test]
    fn pairs_stand_in_any_order_and_case() {
        let https = |addr: &str| Hop { scheme: Some(Scheme::Https), ..from(addr) };
        for element in [
            "for=192.0.2.1;proto=https;by=203.0.113.43",
            "By=_proxy;PROTO=HTTPS;For=192.0.2.1",
            "for=\"192.0.2.1\"; proto=\"https\" ;host=example.com;ext=\"a;b=c\"",
            "for=\"192\\.0.2.1\";proto=https;",
        ] {
            assert_eq!(read(&[element]), [https("192.0.2.1:0")], "{element}");
        }
        assert_eq!(read(&["proto=https"]), [Hop { from: None, scheme: Some(Scheme::Https) }]);
        assert_eq!(read(&["for=unknown"]), [UNREADABLE]);
        assert_eq!(read(&["for=192.0.2.1;proto=gopher"]), [from("192.0.2.1:0")]);
    }

    #[test]
    fn malformed_headers_are_unreadable() {
        for garbage in [
            "192.0.2.1",
            "for=",
            "for",
            "for=\"192.0.2.1",
            "for=\"192.0.2.1\"x",
            "for=192.0.2.1 proto=https",
            "for=192.0.2.1;for=192.0.2.2",
            "for = 192.0.2.1",
            "for=192.0.2.1;=x",
            "for=192.0.2.1;\"a\"=x",
        ] {
            assert_eq!(read(&[garbage]), [UNREADABLE], "{garbage}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED, http::HeaderValue::from_bytes(b"for=192.0.2.1;x=\xff").unwrap());
        assert_eq!(forwarded(&headers).collect::<Vec<_>>(), [UNREADABLE]);
    }

    /// A client cannot change the meaning of the entry that a proxy appends.
    #[test]
    fn elements_on_the_left_do_not_change_elements_on_the_right() {
        for evil in ["\"", "for=\"", "for=9.9.9.9;x=\"", "for=9.9.9.9;x=\"\\", "\\\"", ",,\";", "for=9.9.9.9"]
        {
            for proxy in ["for=192.0.2.1", "for=\"192.0.2.1\"", "for=192.0.2.1;host=\"a,b\""] {
                let hops = read(&[&format!("{evil}, {proxy}")]);
                assert_eq!(hops.first(), Some(&from("192.0.2.1:0")), "{evil}, {proxy}");
            }
        }
        // A proxy escapes the input of a client that it quotes.
        let hops = read(&["for=192.0.2.1;host=\"x\\\", for=\\\"9.9.9.9\""]);
        assert_ne!(hops.first(), Some(&from("9.9.9.9:0")), "{hops:?}");
    }

    #[test]
    fn schemes_stand_beside_their_addresses() {
        let read = |addresses: &[&str], schemes: &[&str]| {
            let mut all = headers(X_FORWARDED_FOR, addresses);
            all.extend(headers(X_FORWARDED_PROTO, schemes));
            x_forwarded(&all)
                .map(|hop| (hop.from.map(|addr| addr.to_string()), hop.scheme))
                .collect::<Vec<_>>()
        };
        let hop = |addr: &str, scheme| (Some(addr.to_owned()), scheme);
        let (http, https) = (Some(Scheme::Http), Some(Scheme::Https));
        assert_eq!(read(&["192.0.2.1"], &["https"]), [hop("192.0.2.1:0", https)]);
        assert_eq!(
            read(&["192.0.2.1, 2001:db8::1:2"], &["wss, http"]),
            [hop("[2001:db8::1:2]:0", http), hop("192.0.2.1:0", https)]
        );
        assert_eq!(
            read(&["192.0.2.1", "192.0.2.2:80"], &["https"]),
            [hop("192.0.2.2:80", https), hop("192.0.2.1:0", https)]
        );
        assert_eq!(read(&["unknown, x"], &["ftp"]), [(None, None), (None, None)]);
        assert_eq!(read(&[], &["https"]), []);
    }
}
