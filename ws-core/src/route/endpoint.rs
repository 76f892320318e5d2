//! The endpoint of a route: the handshake, `init`, and the connection that begins with the response.

use std::any::Any;
use std::borrow::Cow;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, OriginalUri, RawPathParams};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use hyper::upgrade::OnUpgrade;

use super::alternative::{Alternative, RouteRequest};
use super::client_of::client_of;
use super::kind::Kind;
use super::options::RouteOptions;
use super::route::Route;
use crate::connection::{self, Connection, Guard, Params, Request, RouteFacts, Upgrading};
use crate::handler::upgrade::{Opened, UpgradeRequest};
use crate::handler::{AppHandle, AppInner};
use crate::handshake::connect;
use crate::handshake::extensions::{Malformed, Offer, agree, offers};
use crate::handshake::host;
use crate::handshake::origin::{self, Asked};
use crate::handshake::origins::Allowed;
use crate::handshake::rejection::Rejection;
use crate::handshake::request::{self, Handshake};
use crate::message::Terminate;
#[cfg(feature = "pages")]
use crate::page::{self, opening::Opening};
use crate::protocol::deflate::Negotiated;
use crate::shared::address_rates::AddressRates;
use crate::shared::admission::{HttpPermit, Permit};
use crate::shared::callbacks::{timed_out, within};
use crate::shared::drain::GRACE_PERIOD;
use crate::shared::limits::SharedLimits;
use crate::shared::log_limit::Line;
use crate::shared::panics::{self, catch_and_log};
use crate::shared::stats::Limit;

/// A handler or service at one route.
pub(crate) struct Endpoint {
    app: Arc<AppInner>,
    limits: RouteOptions,
    /// Known once the app has started.
    address_rates: OnceLock<Option<Arc<AddressRates>>>,
    /// The path of the first connection. Without parameters, it is the path of all.
    path: OnceLock<Arc<str>>,
    subprotocols: Vec<Cow<'static, str>>,
    /// The path parameter that is the key of a service.
    per: Option<Cow<'static, str>>,
    origins: Allowed,
    options: Option<Arc<dyn Any + Send + Sync>>,
    handler: Served,
    /// The handlers that serve some of the requests instead.
    alternatives: Box<[(Alternative, Served)]>,
    /// This is the route of the page's own connection.
    #[cfg(feature = "pages")]
    is_of_pages: bool,
    /// The warning about unanswered subprotocol offers was logged: once for each route.
    offers_unanswered: AtomicBool,
}

impl Endpoint {
    /// `origins` are those of the route, or else of the app.
    pub(crate) fn new(route: &Route, app: &Arc<AppInner>, origins: Allowed) -> Self {
        Self {
            app: app.clone(),
            limits: route.limits,
            address_rates: OnceLock::new(),
            path: OnceLock::new(),
            subprotocols: route.subprotocols.clone(),
            per: route.per.clone(),
            origins,
            options: route.options.clone(),
            handler: Served::new(route.handler),
            alternatives: {
                let alternatives = route.alternatives.iter().cloned();
                alternatives.map(|other| (other.clone(), Served::new(other.handler))).collect()
            },
            #[cfg(feature = "pages")]
            is_of_pages: route.path == page::PATH,
            offers_unanswered: AtomicBool::new(false),
        }
    }

    pub(crate) async fn answer(self: Arc<Self>, request: http::Request<Body>) -> Response {
        let (parts, _) = request.into_parts();
        let method = parts.method.clone();
        let mut response = self.upgrade(parts).await;
        connect::refuse_unless_accepted(&method, &mut response);
        if !request::is_accepted(&response) {
            self.app.shared.stats.rejected(response.status().as_u16());
        }
        response
    }

    fn known<'s>(&self, served: &'s Served) -> &'s Known {
        served.known.get_or_init(|| {
            let limits = self.limits.over(&self.app.shared.setup().limits);
            let facts = RouteFacts {
                handler: served.kind.type_name(),
                open: self.app.connections.of(served.kind.type_id()),
                limit: with_grace(served.kind, limits.terminate_timeout),
            };
            Known { limits: limits.into(), facts: Arc::new(facts) }
        })
    }

    /// Returns the limits on the rate of an address, which the connections of the route share.
    fn address_rates(&self) -> Option<&Arc<AddressRates>> {
        let shared = || match self.limits.rate_limit_per_address {
            Some(own) => own.map(|limit| Arc::new(AddressRates::new(limit))),
            None => self.app.shared.address_rates().cloned(),
        };
        self.address_rates.get_or_init(shared).as_ref()
    }

    /// Picks the handler of a request. `None`: the program's function panicked.
    fn pick(&self, request: &RouteRequest<'_>) -> Option<&Served> {
        if self.alternatives.is_empty() {
            return Some(&self.handler);
        }
        let picked = || self.alternatives.iter().find(|(other, _)| (other.picks)(request));
        let picked = std::panic::catch_unwind(AssertUnwindSafe(picked));
        match picked {
            Ok(picked) => Some(picked.map_or(&self.handler, |(_, served)| served)),
            Err(payload) => {
                let (panic, handler) =
                    (panics::caught("alternative", payload), self.handler.kind.type_name());
                if let Some(Line { suppressed }) = self.app.shared.log_limit.admit_panic(handler, &panic) {
                    tracing::error!(handler, callback = "alternative", suppressed, "{panic}");
                }
                None
            }
        }
    }

    /// Returns `path`, shared with the other connections of the same path if there may be many.
    fn path(&self, path: &str) -> Arc<str> {
        let first = self.path.get_or_init(|| path.into());
        if **first == *path { first.clone() } else { path.into() }
    }

    async fn upgrade(&self, mut parts: Parts) -> Response {
        let compression = self.limits.compression.unwrap_or(self.app.shared.setup().compression);
        let Admitted { handshake, extensions, upgrading, request, subprotocol, permit, address } =
            match self.admit(compression.is_some(), &mut parts).await {
                Ok(admitted) => admitted,
                Err(response) => return response,
            };
        let choice =
            RouteRequest { parts: &parts, params: &request.params, subprotocol: subprotocol.as_deref() };
        let Some(served) = self.pick(&choice) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let Known { limits, facts } = self.known(served);
        let handler = served.kind;
        let mut limits = limits.clone();
        let address_rate = self.address_rates().zip(address);
        if let Some(rate) = address_rate.and_then(|(rates, address)| rates.enter(address)) {
            limits.set_address_rate(rate);
        }
        let connection =
            Arc::new(Connection::new(self.app.shared.clone(), request, limits.mailbox().clone()));
        let key = self.per.as_ref().and_then(|name| connection.request.params.get(name));
        let mut unless_upgraded = EndOnDrop(Some((self.app.clone(), connection.clone())));
        #[cfg(feature = "pages")]
        let opening = self.app.pages.get();
        #[cfg(feature = "pages")]
        let opening = opening.map(|pages| Opening::new(pages, &connection, &mut parts, self.is_of_pages));
        let upgrade = Box::new(UpgradeRequest {
            connection: connection.clone(),
            app: AppHandle::new(self.app.clone()),
            limits: limits.clone(),
            timers: None,
            offered: handshake.offered.clone(),
            subprotocol,
            extensions,
            compression,
            headers: HeaderMap::new(),
            options: self.options.clone(),
            key: key.map(Into::into),
        });
        let opened = match self.init(handler, parts, upgrade).await {
            Ok(opened) => opened,
            #[cfg_attr(not(feature = "pages"), expect(unused_mut, reason = "as with pages"))]
            Err(mut response) => {
                #[cfg(feature = "pages")]
                add_cookie(response.headers_mut(), opening.as_deref());
                return response;
            }
        };
        #[cfg_attr(not(feature = "pages"), expect(unused_mut, reason = "as with pages"))]
        let Opened { session, limits, mut headers, extensions, compression } = opened;
        let guard = Guard::new(session, connection.clone(), facts.clone(), permit);
        unless_upgraded.0 = None;
        #[cfg(feature = "pages")]
        if let Some(Err(why)) = opening.as_ref().map(|opening| opening.accepted()) {
            spawn_end(guard, Terminate::Abandoned);
            let mut response = why.into_response();
            add_cookie(response.headers_mut(), opening.as_deref());
            return response;
        }
        #[cfg(feature = "pages")]
        add_cookie(&mut headers, opening.as_deref());
        let request = &connection.request;
        if request.subprotocol().is_none() && !handshake.offered.is_empty() {
            self.warn_unanswered(handler, &request.path);
        }
        let parameters = compression.and_then(|settings| Some((settings, agree(&extensions, &settings)?)));
        let (negotiated, answer) = match parameters {
            Some((settings, (parameters, answer))) => {
                (Some(Negotiated { parameters, settings }), Some(answer))
            }
            None => (None, None),
        };
        if negotiated.is_some() {
            request.set_compressed();
        }
        let response = handshake.response(request.subprotocol(), answer, headers);
        if self.app.shared.drain.deadline().is_some() {
            spawn_end(guard, Terminate::Drained);
            return draining().into_response();
        }
        connection::spawn(guard, upgrading, limits, negotiated);
        response
    }

    /// Runs `init` within its time limit. Returns the response to a client that is not accepted.
    async fn init(
        &self,
        handler: Kind,
        parts: Parts,
        upgrade: Box<UpgradeRequest>,
    ) -> Result<Opened, Response> {
        let limit = upgrade.limits.init_timeout;
        // The rest of the request is dropped here: a connection keeps only the values that its handler extracted.
        let mut init = handler.init(parts, upgrade);
        match AssertUnwindSafe(within(with_grace(handler, limit), init.as_mut())).catch_unwind().await {
            Ok(Some(opened)) => opened,
            Ok(None) => {
                // This may drop values of the user's types.
                catch_and_log(move || drop(init));
                let callback = if handler.is_service() { "join" } else { "init" };
                self.app.shared.timed_out(Limit::InitTimeout, limit, handler.type_name(), callback);
                Err(timed_out().into_response())
            }
            Err(payload) => {
                let panic = panics::caught("init", payload);
                let handler = handler.type_name();
                if let Some(Line { suppressed }) = self.app.shared.log_limit.admit_panic(handler, &panic) {
                    tracing::error!(handler, callback = "init", suppressed, "{panic}");
                }
                Err(StatusCode::INTERNAL_SERVER_ERROR.into_response())
            }
        }
    }

    /// Warns, once for each route, that a client offered subprotocols and got no answer.
    fn warn_unanswered(&self, handler: Kind, path: &str) {
        if !self.offers_unanswered.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                handler = handler.type_name(),
                path,
                "a client offered subprotocols and the server selected none, so browsers fail the connection; write \
                 `subprotocols = [\"…\"]` on the route, or call `upgrade.set_subprotocol(\"…\")` in `#[init]` (logged \
                 once for each route)"
            );
        }
    }

    /// The checks that do not depend on the handler's type.
    async fn admit(&self, compressing: bool, parts: &mut Parts) -> Result<Admitted, Response> {
        let shared = &self.app.shared;
        if shared.drain.deadline().is_some() {
            return Err(draining().into_response());
        }
        let refuse = |rejection: Rejection| {
            tracing::debug!(
                path = parts.uri.path(),
                status = rejection.status.as_u16(),
                "handshake rejected: {}",
                rejection.why()
            );
            rejection.into_response()
        };
        let handshake = request::check(parts).map_err(refuse)?;
        let client = client_of(parts, &shared.setup().proxies).map_err(refuse)?;
        let asked = Asked {
            uri: &parts.uri,
            headers: &parts.headers,
            version: handshake.version,
            scheme: client.scheme,
            loopback: shared.loopback(),
        };
        origin::check(&asked, &self.origins, &shared.setup().public).map_err(refuse)?;
        let subprotocol = request::choose(&self.subprotocols, &handshake.offered).map_err(refuse)?;
        let extensions = match offers(&parts.headers) {
            Ok(offers) => offers,
            Err(Malformed) if compressing => {
                return Err(refuse(Rejection::bad_request(
                    "`Sec-WebSocket-Extensions` is not a list of extensions (RFC 6455 9.1)",
                )));
            }
            // Compression is disabled here, so the offer would be declined anyway.
            Err(Malformed) => Vec::new(),
        };
        let alone = client.addr.filter(|_| client.alone).map(|addr| addr.ip());
        let permit = Permit::take(shared, alone).map_err(refuse)?;
        host::adopt_target(parts);
        let on_upgrade = parts.extensions.remove::<OnUpgrade>().ok_or_else(|| {
            Rejection::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the HTTP server does not support upgrades on this connection",
            )
            .into_response()
        })?;
        let answering = parts.extensions.get::<HttpPermit>().cloned().map(HttpPermit::answering);
        let upgrading = Upgrading {
            on_upgrade,
            answering,
            #[cfg(feature = "http2")]
            multiplexed: parts.extensions.remove(),
        };
        let path = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(uri)) => self.path(uri.path()),
            None => self.path(parts.uri.path()),
        };
        let params =
            RawPathParams::from_request_parts(parts, &()).await.map_err(IntoResponse::into_response)?;
        let params = Params::new(params.iter());
        let request =
            Request::new(path, params, client.addr, client.scheme, handshake.version, parts.version);
        #[cfg(feature = "tls")]
        if let Some(certificate) = parts.extensions.get::<crate::tls::ClientCertificate>() {
            request.keep_certificate(certificate.clone());
        }
        let subprotocol = subprotocol.map(Into::into);
        Ok(Admitted { handshake, extensions, upgrading, request, subprotocol, permit, address: alone })
    }
}

/// A handler of the route.
struct Served {
    kind: Kind,
    /// Known once the app has started.
    known: OnceLock<Known>,
}

impl Served {
    const fn new(kind: Kind) -> Self {
        Self { kind, known: OnceLock::new() }
    }
}

/// The values that the connections of a handler share.
struct Known {
    limits: SharedLimits,
    facts: Arc<RouteFacts>,
}

/// Closes the mailbox if the connection never starts.
struct EndOnDrop(Option<(Arc<AppInner>, Arc<Connection>)>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        if let Some((app, connection)) = &self.0 {
            app.end(connection);
        }
    }
}

/// A request that passed all checks before `init`.
struct Admitted {
    handshake: Handshake,
    /// The compression offers of the client.
    extensions: Vec<Offer>,
    upgrading: Upgrading,
    request: Request,
    subprotocol: Option<Box<str>>,
    permit: Option<Permit>,
    /// The client's address, if it is known to belong to one client.
    address: Option<IpAddr>,
}

/// Ends a connection before its response, in a task of its own, so that `terminate` runs even if the client leaves.
fn spawn_end(mut guard: Guard, reason: Terminate) {
    tokio::spawn(async move { guard.finish(reason).await }.boxed());
}

/// Adds the cookie of a browser session that the handshake has changed.
#[cfg(feature = "pages")]
fn add_cookie(headers: &mut HeaderMap, opening: Option<&Opening>) {
    if let Some(cookie) = opening.and_then(Opening::set_cookie) {
        headers.append(http::header::SET_COOKIE, cookie);
    }
}

/// Returns the time limit of a callback. A client of a service may wait for its turn. If its `join` hangs, the service
/// itself answers in time.
fn with_grace(handler: Kind, limit: Option<Duration>) -> Option<Duration> {
    let grace = if handler.is_service() { GRACE_PERIOD } else { Duration::ZERO };
    limit.map(|limit| limit.saturating_add(grace))
}

fn draining() -> Rejection {
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "the server is shutting down")
}
