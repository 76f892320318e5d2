//! What answers at a route: the handshake, `init`, and the connection that begins with its 101.

use std::any::Any;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri, RawPathParams};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use hyper::upgrade::OnUpgrade;

use super::{Kind, Route};
use crate::connection;
use crate::connection::guard::Guard;
use crate::connection::session::Opened;
use crate::handshake::extensions::{Malformed, Offer, agree, offers};
use crate::handshake::origin::{self, Asked};
use crate::handshake::rejection::Rejection;
use crate::handshake::request::{self, Handshake};
use crate::limits::{Origins, RouteOptions};
use crate::panics;
use crate::protocol::deflate::Settled;
use crate::request::{Params, Request};
use crate::shared::Shared;
use crate::shared::admission::Place;
use crate::shared::mailbox::Mailbox;
use crate::shared::registry::Live;
use crate::terminate::Terminate;
use crate::upgrade;

/// One handler at one route.
pub(crate) struct Endpoint {
    shared: Arc<Shared>,
    live: Arc<Live>,
    limits: RouteOptions,
    options: Option<Arc<dyn Any + Send + Sync>>,
    handler: Kind,
    /// It was said that an offer of subprotocols goes unanswered here: once, however many clients make one.
    offers_unanswered: AtomicBool,
}

impl Endpoint {
    pub(crate) fn new(route: &Route, shared: &Arc<Shared>) -> Self {
        Self {
            shared: shared.clone(),
            live: shared.live.of(route.handler.type_id()),
            limits: route.limits,
            options: route.options.clone(),
            handler: route.handler,
            offers_unanswered: AtomicBool::new(false),
        }
    }

    pub(crate) async fn answer(self: Arc<Self>, request: http::Request<Body>) -> Response {
        let response = self.upgrade(request.into_parts().0).await;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            self.shared.stats.rejected(response.status().as_u16());
        }
        response
    }

    async fn upgrade(&self, mut parts: Parts) -> Response {
        let compression = self.limits.compression.unwrap_or(self.shared.setup().compression);
        let Admitted { handshake, extensions, upgrading, request, place } =
            match admit(&self.shared, &self.limits, compression.is_some(), &mut parts).await {
                Ok(admitted) => admitted,
                Err(response) => return response,
            };
        let limits = self.limits.over(&self.shared.setup().limits);
        let mailbox = Arc::new(Mailbox::new(self.shared.clone(), limits.mailbox));
        let mut unless_upgraded = ShutOnDrop(Some(mailbox.clone()));
        let upgrade = Box::new(upgrade::Inner {
            mailbox: mailbox.clone(),
            request: Box::new(request),
            limits,
            offered: handshake.offered.clone(),
            extensions,
            compression,
            headers: HeaderMap::new(),
            options: self.options.clone(),
        });
        // A connection keeps what its handler took of the request, and nothing else (Z6).
        let opened = match AssertUnwindSafe(self.handler.init(parts, upgrade)).catch_unwind().await {
            Ok(Ok(opened)) => opened,
            Ok(Err(response)) => return response,
            Err(payload) => {
                let panic = panics::caught("init", payload);
                tracing::error!(handler = self.handler.type_name(), callback = "init", "{panic}");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let Opened { mut session, limits, headers, extensions, compression } = opened;
        let request = &mut session.context().request;
        if request.subprotocol.is_none()
            && !handshake.offered.is_empty()
            && !self.offers_unanswered.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                handler = self.handler.type_name(),
                path = &*request.path,
                "a client offered subprotocols and none was agreed on: a browser fails such a connection. Write \
                 `subprotocols = [\"…\"]` on the route, or call `upgrade.set_subprotocol(\"…\")` in `#[init]`; said \
                 once for each route"
            );
        }
        let agreed = compression.and_then(|ours| Some((ours, agree(&extensions, &ours)?)));
        let (settled, answer) = match agreed {
            Some((ours, (agreed, answer))) => (Some(Settled { agreed, ours }), Some(answer)),
            None => (None, None),
        };
        request.compressed = settled.is_some();
        let response = handshake.response(request.subprotocol.as_deref(), answer, headers);
        let guard = Guard::new(session, self.handler.type_name(), mailbox, self.live.clone(), place);
        unless_upgraded.0 = None;
        if self.shared.drain.deadline().is_some() {
            // In a task of its own: the client may leave, and `terminate` runs all the same.
            tokio::spawn(guard.finish(Terminate::Drained));
            return draining().into_response();
        }
        tokio::spawn(connection::run(guard, upgrading, limits, settled));
        response
    }
}

/// A mailbox whose connection never came to be takes nothing more.
struct ShutOnDrop(Option<Arc<Mailbox>>);

impl Drop for ShutOnDrop {
    fn drop(&mut self) {
        if let Some(mailbox) = &self.0 {
            mailbox.shut();
        }
    }
}

/// A request that may be upgraded, as far as ws-core is concerned.
struct Admitted {
    handshake: Handshake,
    /// What the client offers to compress with.
    extensions: Vec<Offer>,
    upgrading: OnUpgrade,
    request: Request,
    place: Option<Place>,
}

/// All that is the same whatever the handler.
async fn admit(
    shared: &Arc<Shared>,
    limits: &RouteOptions,
    compressing: bool,
    parts: &mut Parts,
) -> Result<Admitted, Response> {
    if shared.drain.deadline().is_some() {
        return Err(draining().into_response());
    }
    let refuse = |rejection: Rejection| {
        tracing::debug!(
            path = parts.uri.path(),
            status = rejection.status.as_u16(),
            "handshake refused: {}",
            rejection.why()
        );
        rejection.into_response()
    };
    let handshake = request::check(parts).map_err(refuse)?;
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let client = shared.setup().proxies.client(peer, &parts.headers).map_err(refuse)?;
    let asked = Asked { headers: &parts.headers, version: handshake.version, scheme: client.scheme };
    origin::check(&asked, limits.origins.unwrap_or(Origins::Same), &shared.setup().public).map_err(refuse)?;
    let subprotocol = request::choose(limits.subprotocols, &handshake.offered).map_err(refuse)?;
    let extensions = match offers(&parts.headers) {
        Ok(offers) => offers,
        Err(Malformed) if compressing => {
            return Err(refuse(Rejection::bad_request(
                "`Sec-WebSocket-Extensions` is not a list of extensions (RFC 6455 9.1)",
            )));
        }
        // Nothing is lost on a client whose offer would be declined anyway.
        Err(Malformed) => Vec::new(),
    };
    let alone = client.addr.filter(|_| client.alone).map(|addr| addr.ip());
    let place = Place::take(shared, alone).map_err(refuse)?;
    let upgrading = parts.extensions.remove::<OnUpgrade>().ok_or_else(|| {
        Rejection::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the server in front cannot upgrade this connection",
        )
        .into_response()
    })?;
    let path = match parts.extensions.get::<OriginalUri>() {
        Some(OriginalUri(uri)) => uri.path().into(),
        None => parts.uri.path().into(),
    };
    let params = RawPathParams::from_request_parts(parts, &()).await.map_err(IntoResponse::into_response)?;
    let request = Request {
        path,
        params: Params::new(params.iter()),
        peer_addr: client.addr,
        scheme: client.scheme,
        subprotocol: subprotocol.map(Into::into),
        version: handshake.version,
        compressed: false,
    };
    Ok(Admitted { handshake, extensions, upgrading, request, place })
}

fn draining() -> Rejection {
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "the server is going down")
}
