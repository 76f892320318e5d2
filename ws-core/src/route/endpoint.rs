//! What answers at a route: the handshake, `init`, and the connection that begins with its 101.

use std::any::{Any, type_name};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri, RawPathParams};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use hyper::upgrade::OnUpgrade;

use super::Route;
use crate::connection;
use crate::connection::guard::Guard;
use crate::context::Context;
use crate::handler::Handler;
use crate::limits::{Origins, RouteOptions};
use crate::panics;
use crate::request::{Params, Request};
use crate::shared::Shared;
use crate::shared::admission::Place;
use crate::shared::mailbox::Mailbox;
use crate::shared::registry::Live;
use crate::socket::Socket;
use crate::terminate::Terminate;
use crate::upgrade::Upgrade;
use crate::wire::handshake::{self, Handshake};
use crate::wire::origin::{self, Asked};
use crate::wire::rejection::Rejection;

pub(crate) trait Endpoint: Send + Sync {
    fn answer(self: Arc<Self>, request: http::Request<Body>) -> BoxFuture<'static, Response>;
}

/// One handler at one route.
pub(crate) struct Mounted<H: Handler> {
    shared: Arc<Shared>,
    live: Arc<Live<H::Info>>,
    limits: RouteOptions,
    options: Option<Arc<dyn Any + Send + Sync>>,
    /// It was said that an offer of subprotocols goes unanswered here: once, however many clients make one.
    offers_unanswered: AtomicBool,
}

impl<H: Handler> Mounted<H> {
    pub(crate) fn endpoint(route: &Route, shared: &Arc<Shared>) -> Arc<dyn Endpoint> {
        Arc::new(Self {
            shared: shared.clone(),
            live: shared.live.of::<H, H::Info>(),
            limits: route.limits,
            options: route.options.clone(),
            offers_unanswered: AtomicBool::new(false),
        })
    }

    async fn upgrade(&self, mut parts: Parts) -> Response {
        let Admitted { handshake, upgrading, request, place } =
            match admit(&self.shared, &self.limits, &mut parts).await {
                Ok(admitted) => admitted,
                Err(response) => return response,
            };
        let limits = self.limits.over(&self.shared.setup().limits);
        let mailbox = Arc::new(Mailbox::new(self.shared.clone(), limits.mailbox));
        let mut unless_upgraded = ShutOnDrop(Some(mailbox.clone()));
        let mut upgrade = Upgrade::<H> {
            socket: Socket { mailbox: mailbox.clone() },
            request: Box::new(request),
            limits,
            offered: handshake.offered.clone(),
            headers: HeaderMap::new(),
            options: self.options.clone(),
        };
        let made = AssertUnwindSafe(async { H::init(&mut parts, &mut upgrade).await }).catch_unwind().await;
        // A connection keeps what its handler took of the request, and nothing else (Z6).
        drop(parts);
        let handler = match made {
            Ok(Ok(handler)) => handler,
            Ok(Err(response)) => return response,
            Err(payload) => {
                let panic = panics::caught("init", &*payload);
                tracing::error!(handler = type_name::<H>(), callback = "init", "{panic}");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let Upgrade { socket, request, limits, headers, .. } = upgrade;
        if request.subprotocol.is_none()
            && !handshake.offered.is_empty()
            && !self.offers_unanswered.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                handler = type_name::<H>(),
                path = &*request.path,
                "a client offered subprotocols and none was agreed on: a browser fails such a connection. Write \
                 `subprotocols = [\"…\"]` on the route, or call `upgrade.set_subprotocol(\"…\")` in `#[init]`; said \
                 once for each route"
            );
        }
        let response = handshake.response(request.subprotocol.as_deref(), headers);
        let guard = Guard::new(handler, Context::new(socket, request), mailbox, self.live.clone(), place);
        unless_upgraded.0 = None;
        if self.shared.drain.deadline().is_some() {
            // In a task of its own: the client may leave, and `terminate` runs all the same.
            tokio::spawn(guard.finish(Terminate::Drained));
            return draining().into_response();
        }
        connection::spawn(guard, upgrading, limits);
        response
    }
}

impl<H: Handler> Endpoint for Mounted<H> {
    fn answer(self: Arc<Self>, request: http::Request<Body>) -> BoxFuture<'static, Response> {
        Box::pin(async move {
            let response = self.upgrade(request.into_parts().0).await;
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                self.shared.stats.rejected(response.status().as_u16());
            }
            response
        })
    }
}

/// A mailbox whose connection never came to be takes nothing more.
struct ShutOnDrop<I>(Option<Arc<Mailbox<I>>>);

impl<I> Drop for ShutOnDrop<I> {
    fn drop(&mut self) {
        if let Some(mailbox) = &self.0 {
            mailbox.shut();
        }
    }
}

/// A request that may be upgraded, as far as ws-core is concerned.
struct Admitted {
    handshake: Handshake,
    upgrading: OnUpgrade,
    request: Request,
    place: Option<Place>,
}

/// All that is the same whatever the handler.
async fn admit(shared: &Arc<Shared>, limits: &RouteOptions, parts: &mut Parts) -> Result<Admitted, Response> {
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
    let handshake = handshake::check(parts).map_err(refuse)?;
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let client = shared.setup().proxies.client(peer, &parts.headers).map_err(refuse)?;
    let asked = Asked { headers: &parts.headers, version: handshake.version, scheme: client.scheme };
    origin::check(&asked, limits.origins.unwrap_or(Origins::Same), &shared.setup().public).map_err(refuse)?;
    let subprotocol = handshake::choose(limits.subprotocols, &handshake.offered).map_err(refuse)?;
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
    };
    Ok(Admitted { handshake, upgrading, request, place })
}

fn draining() -> Rejection {
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "the server is going down")
}
