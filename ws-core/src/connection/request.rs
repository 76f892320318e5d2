//! The parts of a request that a connection keeps: a few small values, which do not keep the request's buffer alive.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
#[cfg(feature = "pages")]
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Version;

#[cfg(feature = "pages")]
use super::beside::Beside;
use crate::handshake::forwarded::Scheme;
#[cfg(feature = "pages")]
use crate::handshake::session::{BrowserCookie, SessionId};
#[cfg(feature = "tls")]
use crate::tls::ClientCertificate;

/// The parameters of a route's path, percent-decoded: `{name}` is one segment, and `{*name}` the rest of the path.
///
/// [`Context::params`](crate::Context::params), [`Upgrade::params`](crate::Upgrade::params),
/// [`Socket::params`](crate::Socket::params) and [`Member::params`](crate::Member::params) return it. To convert
/// parameters to other types, use axum's `Path` extractor in `#[init]`.
///
/// ```
/// use ws_core::prelude::*;
///
/// #[websocket("/chat/{room}")]
/// struct Chat {
///     room: String,
/// }
///
/// #[websocket]
/// impl Chat {
///     #[init]
///     fn join(upgrade: &mut Upgrade<Self>) -> Self {
///         let room = upgrade.params().get("room").unwrap_or_default().to_owned();
///         Self { room }
///     }
///
///     #[open]
///     fn greet(&mut self) -> String {
///         format!("welcome to {}", self.room)
///     }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Option<Box<Pairs>>); // boxed once more, because most connections have none

type Pairs = Box<[(Box<str>, Box<str>)]>;

impl Params {
    pub(crate) fn new<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        let pairs: Pairs = pairs.map(|(name, value)| (name.into(), value.into())).collect();
        Self((!pairs.is_empty()).then(|| Box::new(pairs)))
    }

    /// Returns the value of `{name}` or `{*name}`, or `None` if the path has no such parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns all names and values, in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|pairs| pairs.iter()).map(|(name, value)| (&**name, &**value))
    }
}

/// The request of a connection, and the results of its handshake.
#[derive(Debug, Default)]
pub(crate) struct Request {
    /// Shared with the connections of the same path.
    pub(crate) path: Arc<str>,
    pub(crate) params: Params,
    pub(crate) peer_addr: Option<SocketAddr>,
    scheme: Option<Scheme>,
    pub(crate) version: u8,
    pub(crate) http_version: Version,
    /// The time of the handshake, in milliseconds since 1970. A `SystemTime` takes twice as much.
    time: u64,
    /// Boxed, because most connections have none.
    rare: OnceLock<Box<Rare>>,
    compressed: AtomicBool,
}

/// What few connections have.
#[derive(Debug, Default)]
struct Rare {
    subprotocol: OnceLock<Box<str>>,
    /// The session of the browser.
    #[cfg(feature = "pages")]
    session: Mutex<Option<SessionId>>,
    /// Its page session, if the client speaks the protocol of pages.
    #[cfg(feature = "pages")]
    beside: OnceLock<Arc<dyn Beside>>,
    #[cfg(feature = "tls")]
    certificate: Option<ClientCertificate>,
}

impl Request {
    pub(crate) fn new(
        path: Arc<str>,
        params: Params,
        peer_addr: Option<SocketAddr>,
        scheme: Option<Scheme>,
        version: u8,
        http_version: Version,
    ) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        Self { path, params, peer_addr, scheme, version, http_version, time, ..Self::default() }
    }

    /// Returns the scheme that the client used, if it is known.
    pub(crate) fn scheme(&self) -> Option<&'static str> {
        self.scheme.map(Scheme::as_str)
    }

    /// Returns the time of the handshake.
    pub(crate) fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.time)
    }

    /// Returns the subprotocol, once it is negotiated.
    pub(crate) fn subprotocol(&self) -> Option<&str> {
        self.rare.get()?.subprotocol.get().map(|name| &**name)
    }

    pub(crate) fn set_subprotocol(&self, name: Box<str>) {
        let _ = self.rare.get_or_init(Box::default).subprotocol.set(name);
    }

    /// Keeps the certificate that the client presented.
    #[cfg(feature = "tls")]
    pub(crate) fn keep_certificate(&self, certificate: ClientCertificate) {
        let _ = self.rare.set(Box::new(Rare { certificate: Some(certificate), ..Rare::default() }));
    }

    #[cfg(feature = "tls")]
    pub(crate) fn certificate(&self) -> Option<&ClientCertificate> {
        self.rare.get()?.certificate.as_ref()
    }

    /// Returns the id of the browser's session, if it has one.
    #[cfg(feature = "pages")]
    pub(crate) fn session(&self) -> Option<SessionId> {
        *self.rare.get()?.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the browser's session. It changes if `init` signs the browser in or out.
    #[cfg(feature = "pages")]
    pub(crate) fn set_session(&self, cookie: &BrowserCookie) {
        let rare = self.rare.get_or_init(Box::default);
        *rare.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(cookie.id);
    }

    /// Returns the page session that handles messages of the client.
    #[cfg(feature = "pages")]
    pub(crate) fn beside(&self) -> Option<&Arc<dyn Beside>> {
        self.rare.get()?.beside.get()
    }

    /// Sets the page session, before the connection is open.
    #[cfg(feature = "pages")]
    pub(crate) fn set_beside(&self, page: Arc<dyn Beside>) {
        let _ = self.rare.get_or_init(Box::default).beside.set(page);
    }

    /// Returns `true` if compression was negotiated.
    pub(crate) fn is_compressed(&self) -> bool {
        self.compressed.load(Ordering::Relaxed)
    }

    pub(crate) fn set_compressed(&self) {
        self.compressed.store(true, Ordering::Relaxed);
    }
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use tokio_rustls::rustls::pki_types::CertificateDer;

    use super::*;

    #[test]
    fn a_request_keeps_a_certificate_and_a_subprotocol() {
        let request = Request::default();
        assert_eq!((request.subprotocol(), request.certificate()), (None, None));
        let certificate = ClientCertificate::of(&CertificateDer::from_slice(b"der"));
        request.keep_certificate(certificate.clone());
        assert_eq!(request.subprotocol(), None);
        request.set_subprotocol("v1".into());
        assert_eq!((request.subprotocol(), request.certificate()), (Some("v1"), Some(&certificate)));
    }
}
