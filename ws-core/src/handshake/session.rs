//! The browser session of a request: its id, its user and the time of its issue, in a signed cookie.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use cookie::{Cookie, CookieJar, Key, SameSite, time};
use http::{HeaderMap, HeaderValue, header};

use super::id::random_id;

random_id! {
    /// The id of a browser session: 128 random bits. All pages of one browser have the same.
    ///
    /// Display it and [`parse`](Self::parse) it as 22 characters of base64url. The id alone is no proof: the cookie that
    /// carries it is signed.
    SessionId
}

/// The names of the cookie. A browser accepts the second only over https, from this host, and for every path.
const NAME: &str = "ws_session";
const HOST_NAME: &str = "__Host-ws_session";

/// The length of a user's mark, in characters of base64: less than half of a signature.
const MARK: usize = 20;

/// The longest name of a user, in bytes. It has to fit into a cookie.
pub(crate) const USER: usize = 256;

/// The content of the cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrowserCookie {
    pub(crate) id: SessionId,
    pub(crate) user: Option<Arc<str>>,
    /// The time of issue, in whole seconds since 1970.
    issued: u64,
}

impl BrowserCookie {
    /// Creates the cookie of a new session.
    pub(crate) fn new(user: Option<Arc<str>>) -> Self {
        Self { id: SessionId::random(), user, issued: now() }
    }

    /// Returns the same session, issued now.
    pub(crate) fn renewed(&self) -> Self {
        Self { issued: now(), ..self.clone() }
    }

    /// Returns the time since the cookie was issued.
    pub(crate) fn age(&self) -> Duration {
        Duration::from_secs(now().saturating_sub(self.issued))
    }

    fn value(&self) -> String {
        let user = self.user.as_deref().map(|user| BASE64_URL_SAFE_NO_PAD.encode(user));
        format!("{}.{}.{}", self.id, self.issued, user.as_deref().unwrap_or("-"))
    }

    fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split('.');
        let (id, issued, user) = (parts.next()?, parts.next()?, parts.next()?);
        let user = match user {
            "-" => None,
            user => Some(String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(user).ok()?).ok()?.into()),
        };
        Some(Self { id: SessionId::parse(id)?, user, issued: issued.parse().ok()? })
    }
}

/// Signs the cookie, and checks it.
pub(crate) struct CookieSigner {
    key: Key,
    /// The time for which a cookie is valid.
    pub(crate) lifetime: Duration,
}

impl CookieSigner {
    /// `key` has at least 32 bytes. Without one, a random key is made.
    pub(crate) fn new(key: Option<&[u8]>, lifetime: Duration) -> Self {
        Self { key: key.map_or_else(Key::generate, Key::derive_from), lifetime }
    }

    /// Reads the cookie of a request. Returns `None` if it has none, or one that is too old or that this key did not
    /// sign. `secure`: the request came over https.
    pub(crate) fn read(&self, headers: &HeaderMap, secure: bool) -> Option<BrowserCookie> {
        let name = name(secure);
        // Scripts may set others with any text, which browsers send as UTF-8.
        let values = headers.get_all(header::COOKIE).iter();
        let texts = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let mut cookies = texts.flat_map(Cookie::split_parse).filter_map(Result::ok);
        // Two of one name come from different hosts or paths: the first that is valid counts.
        cookies.find_map(|cookie| {
            if cookie.name() != name {
                return None;
            }
            let mut jar = CookieJar::new();
            jar.add_original(cookie.into_owned());
            let read = BrowserCookie::parse(jar.signed(&self.key).get(name)?.value())?;
            (read.age() < self.lifetime).then_some(read)
        })
    }

    /// Writes the value of a `Set-Cookie` header.
    pub(crate) fn write(&self, session: &BrowserCookie, secure: bool) -> HeaderValue {
        let seconds = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        let cookie = Cookie::build((name(secure), session.value()))
            .path("/")
            .http_only(true)
            .secure(secure)
            .same_site(SameSite::Lax)
            .max_age(time::Duration::seconds(seconds));
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.key).add(cookie);
        let written = jar.delta().next().map(ToString::to_string).unwrap_or_default();
        HeaderValue::try_from(written).expect("base64, digits and attributes are visible ASCII")
    }

    /// Returns a mark of a user, which differs from those of other users. The text that is signed for it is never the value
    /// of a session's cookie.
    pub(crate) fn mark(&self, user: &str) -> String {
        let mut jar = CookieJar::new();
        jar.signed_mut(&self.key).add(Cookie::new(NAME, format!("user {user}")));
        jar.get(NAME).map(|signed| signed.value().chars().take(MARK).collect()).unwrap_or_default()
    }
}

impl fmt::Debug for CookieSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieSigner").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

const fn name(secure: bool) -> &'static str {
    if secure { HOST_NAME } else { NAME }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn signer(key: u8) -> CookieSigner {
        CookieSigner::new(Some(&[key; 32]), DAY)
    }

    /// The `Cookie` header that a browser sends after `set`.
    fn sent(set: &HeaderValue) -> HeaderMap {
        let pair = set.to_str().unwrap().split(';').next().unwrap();
        let others = format!("theme=dark; ws_session=forged.1.-; {pair}; x=\"y\"");
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(others).unwrap())])
    }

    #[test]
    fn a_cookie_is_read_as_it_was_written() {
        for user in [None, Some("ada"), Some("Ада; lovelace\n.")] {
            let session = BrowserCookie::new(user.map(Into::into));
            for secure in [false, true] {
                let headers = sent(&signer(1).write(&session, secure));
                assert_eq!(signer(1).read(&headers, secure).as_ref(), Some(&session));
                assert_eq!(signer(1).read(&headers, !secure), None, "the name differs");
            }
        }
    }

    #[test]
    fn a_cookie_of_another_key_or_time_is_none() {
        let mut session = BrowserCookie::new(None);
        let headers = sent(&signer(1).write(&session, false));
        assert_eq!(signer(2).read(&headers, false), None);
        session.issued -= DAY.as_secs();
        assert_eq!(signer(1).read(&sent(&signer(1).write(&session, false)), false), None);
        session.issued += 10;
        assert!(signer(1).read(&sent(&signer(1).write(&session, false)), false).is_some());
    }

    #[test]
    fn a_user_has_the_same_mark_everywhere() {
        let mark = signer(1).mark("ada");
        assert_eq!(mark.len(), MARK);
        assert_eq!(signer(1).mark("ada"), mark);
        assert_ne!(signer(1).mark("bob"), mark);
        assert_ne!(signer(2).mark("ada"), mark);
    }

    #[test]
    fn a_cookie_is_hidden_from_scripts_and_other_sites() {
        let session = BrowserCookie::new(None);
        let plain = signer(1).write(&session, false);
        let plain = plain.to_str().unwrap();
        assert!(plain.starts_with("ws_session="), "{plain}");
        assert!(plain.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400"), "{plain}");
        let secure = signer(1).write(&session, true);
        let secure = secure.to_str().unwrap();
        assert!(secure.starts_with("__Host-ws_session=") && secure.contains("; Secure;"), "{secure}");
    }
}
