//! The cookies of a session, as a browser keeps them (RFC 6265 section 5), without domains and dates.

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue};

#[derive(Debug, Default)]
pub(super) struct Cookies(Vec<Cookie>);

#[derive(Debug, PartialEq)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl Cookies {
    /// Keeps the cookies of a response to a request for `path`. Those that have expired are removed.
    pub(super) fn store(&mut self, headers: &HeaderMap, path: &str) {
        for header in headers.get_all(SET_COOKIE) {
            let Some((cookie, expired)) = header.to_str().ok().and_then(|header| parse(header, path)) else {
                continue;
            };
            self.0.retain(|known| (&known.name, &known.path) != (&cookie.name, &cookie.path));
            if !expired {
                self.0.push(cookie);
            }
        }
    }

    /// Returns the `Cookie` header of a request for `path`. Cookies of longer paths come first.
    pub(super) fn header(&self, path: &str) -> Option<HeaderValue> {
        let path = path.split('?').next().unwrap_or_default();
        let mut sent: Vec<_> = self.0.iter().filter(|cookie| matches(path, &cookie.path)).collect();
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> = sent.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| HeaderValue::try_from(pairs.join("; ")).ok()).flatten()
    }
}

/// Returns the cookie, and whether it has expired.
fn parse(header: &str, requested: &str) -> Option<(Cookie, bool)> {
    let mut parts = header.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let (mut path, mut expired) = (None, false);
    for (attribute, value) in parts.filter_map(|part| part.split_once('=')) {
        if attribute.eq_ignore_ascii_case("path") && value.starts_with('/') {
            path = Some(value.to_owned());
        } else if attribute.eq_ignore_ascii_case("max-age") {
            expired = value.parse().is_ok_and(|seconds: i64| seconds <= 0);
        } else if attribute.eq_ignore_ascii_case("expires") {
            // Programs remove a cookie with the first second of Unix time.
            expired |= value.contains("1970");
        }
    }
    let path = path.unwrap_or_else(|| default_path(requested));
    Some((Cookie { name: name.trim().to_owned(), value: value.trim().to_owned(), path }, expired))
}

/// The path of a cookie that names none (RFC 6265 section 5.1.4).
fn default_path(requested: &str) -> String {
    let path = requested.split('?').next().unwrap_or_default();
    match path.rsplit_once('/') {
        None | Some(("", _)) => "/".to_owned(),
        Some((directory, _)) => directory.to_owned(),
    }
}

/// Whether a request for `path` carries a cookie of `cookie_path` (RFC 6265 section 5.1.4).
fn matches(path: &str, cookie_path: &str) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(set: &[&str]) -> Cookies {
        let mut headers = HeaderMap::new();
        for header in set {
            headers.append(SET_COOKIE, HeaderValue::from_str(header).unwrap());
        }
        let mut cookies = Cookies::default();
        cookies.store(&headers, "/account/login?next=x");
        cookies
    }

    #[test]
    fn cookies_are_sent_to_their_path() {
        let cookies =
            stored(&["a=1; Path=/; HttpOnly", "b=2", "c=3; path=/account/x", "nothing", "d=x=y; Path=/"]);
        let sent = |path| cookies.header(path).map(|header| header.to_str().unwrap().to_owned());
        assert_eq!(sent("/"), Some("a=1; d=x=y".to_owned()));
        assert_eq!(sent("/accounts"), Some("a=1; d=x=y".to_owned()));
        assert_eq!(sent("/account?x"), Some("b=2; a=1; d=x=y".to_owned()));
        assert_eq!(sent("/account/x/y"), Some("c=3; b=2; a=1; d=x=y".to_owned()));
        assert_eq!(stored(&[]).header("/"), None);
    }

    #[test]
    fn a_later_cookie_replaces_or_removes_an_earlier_one() {
        let cookies =
            stored(&["a=1; Path=/", "a=2; Path=/", "b=1; Path=/", "b=; Path=/; Max-Age=0", "c=1; Path=/"]);
        assert_eq!(cookies.header("/").unwrap(), "a=2; c=1");
        let removed = stored(&["a=1; Path=/", "a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]);
        assert_eq!(removed.header("/"), None);
    }
}
