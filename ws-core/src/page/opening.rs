//! A handshake that may attach its connection to a page: its browser session, and the cookie that its response sets.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::extract::OriginalUri;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::asked::{Asked, Malformed};
use super::attachment::Attachment;
use super::page_session::PageSession;
use super::pings;
use super::registry::{Full, PageRegistry, Speaks, Visitor};
use super::wire::Hello;
use crate::connection::Connection;
use crate::handshake::origin::Origin;
use crate::handshake::session::BrowserCookie;
use crate::shared::Setup;

/// A handshake, in the extensions of its request.
pub(crate) struct Opening {
    registry: Arc<PageRegistry>,
    connection: Arc<Connection>,
    visitor: Visitor,
    secure: bool,
    /// The session of the cookie that the response sets: it begins with this handshake, `init` has signed a user in or out,
    /// or the cookie was old.
    changed: Mutex<Option<BrowserCookie>>,
    /// The page that the handler has attached to.
    page: OnceLock<PageSession>,
    /// The page that the client script has asked for, on the route of the page's own connection.
    of_script: Option<Asked>,
    /// The client script asks for answers to its pings.
    pings: bool,
}

/// The reason why a handshake attaches to no page.
#[derive(Debug)]
pub(crate) enum NoPage {
    /// There are too many pages.
    Full,
    /// The browser was just signed out.
    Leaving,
    Malformed,
}

impl IntoResponse for NoPage {
    fn into_response(self) -> Response {
        let (status, why) = match self {
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, "too many pages"),
            Self::Leaving => (StatusCode::UNAUTHORIZED, "the session has ended"),
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "the parameters `page` and `view` are ids of 22 characters each, or both absent",
            ),
        };
        (status, why).into_response()
    }
}

impl From<Malformed> for NoPage {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<Full> for NoPage {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl Opening {
    /// Reads a request, before `init`. `own`: it is for the route of the page's own connection.
    pub(crate) fn new(
        registry: &Arc<PageRegistry>,
        connection: &Arc<Connection>,
        parts: &mut Parts,
        own: bool,
    ) -> Arc<Self> {
        let secure = is_secure(connection.request.scheme(), connection.shared.setup());
        let visitor = registry.visitor(&parts.headers, secure);
        if let Visitor::Known(cookie) = &visitor {
            connection.request.set_session(cookie);
        }
        let pings = pings::take_parameter(&mut parts.uri);
        if pings && let Some(OriginalUri(uri)) = parts.extensions.get_mut() {
            pings::take_parameter(uri);
        }
        let opening = Arc::new(Self {
            registry: registry.clone(),
            connection: connection.clone(),
            visitor,
            secure,
            changed: Mutex::default(),
            page: OnceLock::new(),
            of_script: if own { Asked::of(&parts.uri).ok().flatten() } else { None },
            pings,
        });
        parts.extensions.insert(opening.clone());
        opening
    }

    /// Attaches the connection, which `init` has accepted, if the handler has not and the client script awaits it.
    pub(crate) fn accepted(&self) -> Result<(), NoPage> {
        if self.of_script.is_some() {
            self.join(self.of_script)?;
        }
        if let Some(page) = self.page.get() {
            self.registry.await_hello(page.page(), self.connection.id);
        }
        if self.pings {
            pings::answer(&self.connection);
        }
        self.renew_cookie();
        Ok(())
    }

    /// Renews an old cookie, unless `init` has set another.
    fn renew_cookie(&self) {
        if let Visitor::Known(cookie) = &self.visitor
            && let Some(renewed) = self.registry.renewed(cookie)
        {
            self.changed().get_or_insert(renewed);
        }
    }

    fn changed(&self) -> MutexGuard<'_, Option<BrowserCookie>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the session of the browser, and whether the browser has its cookie already. Begins one if there is none.
    pub(crate) fn session(&self) -> Result<(BrowserCookie, bool), NoPage> {
        if let Some(cookie) = &*self.changed() {
            return Ok((cookie.clone(), false));
        }
        match &self.visitor {
            Visitor::Known(cookie) => Ok((cookie.clone(), true)),
            Visitor::Leaving => Err(NoPage::Leaving),
            Visitor::New => {
                let cookie = BrowserCookie::new(None);
                self.change(&cookie);
                Ok((cookie, false))
            }
        }
    }

    pub(crate) const fn registry(&self) -> &Arc<PageRegistry> {
        &self.registry
    }

    pub(crate) const fn is_secure(&self) -> bool {
        self.secure
    }

    /// Changes the session of the browser. The response sets its cookie.
    pub(crate) fn change(&self, cookie: &BrowserCookie) {
        self.connection.request.set_session(cookie);
        *self.changed() = Some(cookie.clone());
    }

    /// Returns the cookie that the response sets.
    pub(crate) fn set_cookie(&self) -> Option<HeaderValue> {
        self.changed().as_ref().map(|cookie| self.registry.set_cookie(cookie, self.secure))
    }

    /// Attaches the connection of our handler to its page. Returns whether the page session was known.
    pub(crate) fn open(&self, asked: Option<Asked>) -> Result<(PageSession, bool), NoPage> {
        let (page, resumed) = self.attach(asked, Speaks::Protocol, false)?;
        let _ = self.page.set(page.clone());
        Ok((page, resumed))
    }

    fn attach(
        &self,
        asked: Option<Asked>,
        speaks: Speaks,
        own_handler: bool,
    ) -> Result<(PageSession, bool), NoPage> {
        let (cookie, _) = self.session()?;
        let (page, resumed) = self.registry.open(&cookie, asked, &self.connection, speaks)?;
        if speaks == Speaks::Protocol {
            let attachment = Attachment::new(page.clone(), resumed, own_handler);
            self.connection.request.set_beside(Arc::new(attachment));
        }
        Ok((page, resumed))
    }

    /// Attaches the connection of another handler than ours to its page, and sends to it, unless it is attached.
    pub(crate) fn join(&self, asked: Option<Asked>) -> Result<PageSession, NoPage> {
        if let Some(page) = self.page.get() {
            return Ok(page.clone());
        }
        let speaks = if asked.is_some() { Speaks::Protocol } else { Speaks::Events };
        let (page, resumed) = self.attach(asked, speaks, true)?;
        if speaks == Speaks::Events {
            // No hello is awaited, and no welcome.
            self.registry.greet(&page, &self.connection, resumed, &Hello::default(), &mut |_| {});
        }
        Ok(self.page.get_or_init(|| page).clone())
    }
}

/// Returns whether the cookie is for https: by the `scheme` that the client used, as far as it is known, or because every
/// public URL of the app is one of https.
pub(crate) fn is_secure(scheme: Option<&str>, setup: &Setup) -> bool {
    match scheme {
        Some(scheme) => scheme == "https",
        None => !setup.public.is_empty() && setup.public.iter().all(Origin::is_https),
    }
}
