//! What answers at a route: the handshake, `init`, and the connection that begins with its 101.

use std::any::{Any, type_name};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

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
use crate::shared::mailbox::Mailbox;
use crate::shared::registry::Live;
use crate::socket::Socket;
use crate::terminate::Terminate;
use crate::upgrade::Upgrade;
use crate::wire::deflate::{Malformed, Offer, Settled, agree, offers};
use crate::wire::handshake::{self, Handshake};
use crate::wire::origin;
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
}

impl<H: Handler> Mounted<H> {
    pub(crate) fn endpoint(route: &Route, shared: &Arc<Shared>) -> Arc<dyn Endpoint> {
        Arc::new(Self {
            shared: shared.clone(),
            live: shared.live.of::<H, H::Info>(),
            limits: route.limits,
            options: route.options.clone(),
        })
    }

    async fn upgrade(&self, mut parts: Parts) -> Response {
        let compression = self.limits.compression.unwrap_or(self.shared.setup().compression);
        let Admitted { handshake, extensions, upgrading, request } =
            match admit(&self.shared, &self.limits, compression.is_some(), &mut parts).await {
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
            extensions,
            compression,
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
        let Upgrade { socket, mut request, limits, headers, extensions, compression, .. } = upgrade;
        let agreed = compression.and_then(|ours| Some((ours, agree(&extensions, &ours)?)));
        let (settled, answer) = match agreed {
            Some((ours, (agreed, answer))) => (Some(Settled { agreed, ours }), Some(answer)),
            None => (None, None),
        };
        request.compressed = settled.is_some();
        let response = handshake.response(request.subprotocol.as_deref(), answer, headers);
        let guard = Guard::new(handler, Context::new(socket, request), mailbox, self.live.clone());
        unless_upgraded.0 = None;
        if self.shared.drain.deadline().is_some() {
            // In a task of its own: the client may leave, and `terminate` runs all the same.
            tokio::spawn(guard.finish(Terminate::Drained));
            return draining().into_response();
        }
        connection::spawn(guard, upgrading, limits, settled);
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
    /// What the client offers to compress with.
    extensions: Vec<Offer>,
    upgrading: OnUpgrade,
    request: Request,
}

/// All that is the same whatever the handler.
async fn admit(
    shared: &Shared,
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
    let handshake = handshake::check(parts).map_err(refuse)?;
    origin::check(&parts.headers, limits.origins.unwrap_or(Origins::Same), &shared.setup().public)
        .map_err(refuse)?;
    let subprotocol = handshake::choose(limits.subprotocols, &handshake.offered).map_err(refuse)?;
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
        peer_addr: parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
        subprotocol: subprotocol.map(Into::into),
        version: handshake.version,
        compressed: false,
    };
    Ok(Admitted { handshake, extensions, upgrading, request })
}

fn draining() -> Rejection {
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "the server is going down")
}
