//! The session of a browser, as axum handlers and `#[init]` take it.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::header;
use http::request::Parts;

use super::extract::{NO_PAGES, Rejected};
use crate::handler::AppHandle;
use crate::handshake::forwarded::Scheme;
use crate::handshake::session::{BrowserCookie, SessionId, USER};
use crate::page::opening::{Opening, is_secure};
use crate::page::{PageRegistry, Visitor};
use crate::route::client_of;

/// The session of a browser: an id and a user, in a signed cookie. An extractor for axum handlers, and for `#[init]`.
///
/// In an axum handler, return it as part of the response, so that the browser gets the cookie of a new session, as with the
/// `CookieJar` of axum-extra. In `#[init]`, the response of the handshake sets the cookie by itself; a sign-in or a sign-out
/// after `#[init]` does not reach the browser.
///
/// ```
/// use axum::response::{Html, IntoResponse, Redirect};
/// use axum::{Router, routing::{get, post}};
/// use ws_core::BrowserSession;
/// use ws_core::prelude::*;
///
/// async fn index(session: BrowserSession) -> (BrowserSession, Html<String>) {
///     let name = session.user().unwrap_or("stranger").to_owned();
///     (session, Html(format!("<p>Hello, {name}.</p>")))
/// }
///
/// async fn login(session: BrowserSession) -> impl IntoResponse {
///     // Check the password first.
///     (session.sign_in("ada"), Redirect::to("/"))
/// }
///
/// async fn logout(session: BrowserSession) -> impl IntoResponse {
///     (session.sign_out(), Redirect::to("/"))
/// }
///
/// let pages = Router::new()
///     .route("/", get(index))
///     .route("/login", post(login))
///     .route("/logout", post(logout));
/// let app = App::discover().pages(Pages::new()).fallback(pages);
/// ```
#[must_use = "the browser gets the cookie if you return the session as part of the response"]
pub struct BrowserSession {
    registry: Arc<PageRegistry>,
    cookie: BrowserCookie,
    secure: bool,
    /// The browser has the cookie already.
    issued: bool,
    /// The response sets the cookie.
    changed: bool,
    /// Set in a handshake.
    opening: Option<Arc<Opening>>,
}

impl BrowserSession {
    /// Returns the id of the session.
    #[must_use]
    pub const fn id(&self) -> SessionId {
        self.cookie.id
    }

    /// Returns the user, if one is signed in.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.cookie.user.as_deref()
    }

    /// Signs a user in. The session gets a new id, so that nobody who knows the old one is signed in too. The old id is
    /// revoked, its page sessions end, and their connections are closed with code 4500. The client script then connects
    /// again, with the new cookie. In a handshake whose `#[init]` takes no [`PageSession`](crate::PageSession), its connection
    /// attaches to a page of the new session.
    ///
    /// Only this server revokes the old id, and only until it restarts. On other servers with the same key, the old cookie is
    /// valid until it expires, and the pages stay connected.
    ///
    /// # Panics
    /// If the name has more than 256 bytes: it has to fit into a cookie, and a part of it could be the name of another user.
    pub fn sign_in(self, user: impl AsRef<str>) -> Self {
        let user = user.as_ref();
        assert!(user.len() <= USER, "the name of a user has at most {USER} bytes, not {}", user.len());
        self.change(Some(user.into()))
    }

    /// Signs the user out, in the same way: the session gets a new id without a user.
    pub fn sign_out(self) -> Self {
        self.change(None)
    }

    fn change(mut self, user: Option<Arc<str>>) -> Self {
        // A page may have attached to the session that this handshake began.
        if self.issued || self.opening.is_some() {
            self.registry.revoke(self.cookie.id);
        }
        self.cookie = BrowserCookie::new(user);
        (self.issued, self.changed) = (false, true);
        if let Some(opening) = &self.opening {
            opening.change(&self.cookie);
        }
        self
    }

    /// Reads the session of a request, or begins one.
    pub(super) fn read(parts: &Parts) -> Result<Self, Rejected> {
        if let Some(opening) = parts.extensions.get::<Arc<Opening>>() {
            // The handshake sets the cookie.
            let (cookie, issued) = opening.session().unwrap_or_else(|_| (BrowserCookie::new(None), false));
            let (registry, secure) = (opening.registry().clone(), opening.is_secure());
            return Ok(Self {
                registry,
                cookie,
                secure,
                issued,
                changed: false,
                opening: Some(opening.clone()),
            });
        }
        let Some(app) = parts.extensions.get::<AppHandle>().cloned() else {
            return Err(NO_PAGES);
        };
        let registry = app.inner().pages.get().cloned().ok_or(NO_PAGES)?;
        let setup = app.shared().setup();
        let client = client_of(parts, &setup.proxies).ok();
        let scheme = client.and_then(|client| client.scheme).map(Scheme::as_str);
        let secure = is_secure(scheme, setup);
        let (cookie, issued, changed) = match registry.visitor(&parts.headers, secure) {
            Visitor::Known(cookie) => (cookie, true, false),
            Visitor::New => (BrowserCookie::new(None), false, true),
            // The cookie of the sign-in or sign-out is under way, and this one must not replace it.
            Visitor::Leaving => (BrowserCookie::new(None), false, false),
        };
        Ok(Self { registry, cookie, secure, issued, changed, opening: None })
    }
}

impl<S: Sync> FromRequestParts<S> for BrowserSession {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejected> {
        Self::read(parts)
    }
}

impl IntoResponseParts for BrowserSession {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        let renewed = if self.issued { self.registry.renewed(&self.cookie) } else { None };
        if self.changed || renewed.is_some() {
            let cookie = self.registry.set_cookie(renewed.as_ref().unwrap_or(&self.cookie), self.secure);
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        Ok(response)
    }
}

impl IntoResponse for BrowserSession {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

impl fmt::Debug for BrowserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserSession")
            .field("id", &self.id())
            .field("user", &self.user())
            .finish_non_exhaustive()
    }
}
