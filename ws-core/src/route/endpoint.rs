//! What answers at a route: the handshake, `init`, and the connection that begins with its 101.

use std::any::Any;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

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
use crate::limits::{Origins, RouteOptions};
use crate::panics;
use crate::request::{Params, Request};
use crate::shared::Shared;
use crate::shared::mailbox::Mailbox;
use crate::shared::registry::Live;
use crate::terminate::Terminate;
use crate::upgrade;
use crate::wire::handshake::{self, Handshake};
use crate::wire::origin;
use crate::wire::rejection::Rejection;

/// One handler at one route.
pub(crate) struct Endpoint {
    shared: Arc<Shared>,
    live: Arc<Live>,
    limits: RouteOptions,
    options: Option<Arc<dyn Any + Send + Sync>>,
    handler: Kind,
}

impl Endpoint {
    pub(crate) fn new(route: &Route, shared: &Arc<Shared>) -> Self {
        Self {
            shared: shared.clone(),
            live: shared.live.of(route.handler.type_id()),
            limits: route.limits,
            options: route.options.clone(),
            handler: route.handler,
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
        let Admitted { handshake, upgrading, request } =
            match admit(&self.shared, &self.limits, &mut parts).await {
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
            headers: HeaderMap::new(),
            options: self.options.clone(),
        });
        // A connection keeps what its handler took of the request, and nothing else (Z6).
        let opened = match AssertUnwindSafe(self.handler.init(parts, upgrade)).catch_unwind().await {
            Ok(Ok(opened)) => opened,
            Ok(Err(response)) => return response,
            Err(payload) => {
                let panic = panics::caught("init", &*payload);
                tracing::error!(handler = self.handler.type_name(), callback = "init", "{panic}");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let Opened { mut session, limits, headers } = opened;
        let response = handshake.response(session.context().request.subprotocol.as_deref(), headers);
        let guard = Guard::new(session, self.handler.type_name(), mailbox, self.live.clone());
        unless_upgraded.0 = None;
        if self.shared.drain.deadline().is_some() {
            // In a task of its own: the client may leave, and `terminate` runs all the same.
            tokio::spawn(guard.finish(Terminate::Drained));
            return draining().into_response();
        }
        tokio::spawn(connection::run(guard, upgrading, limits));
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
    upgrading: OnUpgrade,
    request: Request,
}

/// All that is the same whatever the handler.
async fn admit(shared: &Shared, limits: &RouteOptions, parts: &mut Parts) -> Result<Admitted, Response> {
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
    };
    Ok(Admitted { handshake, upgrading, request })
}

fn draining() -> Rejection {
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "the server is going down")
}
