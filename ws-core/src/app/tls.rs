//! TLS, as the program configures it, and the redirect to it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};

use super::App;
use super::hosts;
use super::listen::{IntoListen, Listen};
use super::router::limited;
use crate::error::{Error, Result};
use crate::handshake::host;
use crate::handshake::hosts::Hosts;
use crate::handshake::rejection::Rejection;
use crate::shared::Shared;
use crate::tls::{Acceptor, Config};

/// TLS, with the feature `tls`.
impl App {
    #[doc = include_str!("docs/tls.md")]
    pub fn tls(mut self, config: Config) -> Self {
        self.tls.push(config);
        self
    }

    #[doc = include_str!("docs/redirect_http.md")]
    pub fn redirect_http(mut self, at: impl IntoListen) -> Self {
        self.redirects.push(at.into_listen());
        self
    }

    /// Reads the certificate. Returns `None` for an app without TLS.
    pub(crate) fn start_tls(&mut self) -> Result<Option<Acceptor>> {
        #[cfg(feature = "http2")]
        let http2 = self.settings.total_limits.http2.is_some();
        #[cfg(not(feature = "http2"))]
        let http2 = false;
        let mut configs = self.tls.drain(..);
        let config = configs.next();
        if configs.next().is_some() {
            let twice = "`App::tls` was called twice, and an app has one TLS configuration; for several certificates, give \
                         `tls::from_rustls` a configuration with a resolver";
            return Err(Error::BadSetting(twice.to_owned()));
        }
        if config.is_none() && !self.redirects.is_empty() {
            let in_vain =
                "`App::redirect_http` redirects to TLS, which this app does not speak; call `App::tls`, too";
            return Err(Error::BadSetting(in_vain.to_owned()));
        }
        config.map(|config| Acceptor::new(config, http2)).transpose().map_err(Error::Tls)
    }

    /// Returns the places of the redirect, and the router that answers there.
    pub(crate) fn start_redirects(&mut self) -> (Vec<Listen>, Router) {
        let shared = self.handle().inner().shared.clone();
        let answering = shared.clone();
        let router =
            limited(Router::new().fallback(async move |request: Request| redirect(&request, &answering)));
        // Wrong hosts are an error of their own, when the app is built.
        let router = match self.hosts_given().map(Hosts::parse) {
            Some(Ok(declared)) => hosts::only(declared, shared, router),
            Some(Err(_)) | None => router,
        };
        (std::mem::take(&mut self.redirects), router)
    }
}

/// Answers a plain HTTP request: 308 to the same host and path over TLS.
fn redirect(request: &Request, shared: &Arc<Shared>) -> Response {
    let refuse = |rejection: Rejection| {
        shared.stats.rejected(rejection.status.as_u16());
        tracing::debug!(path = request.uri().path(), "request rejected: {}", rejection.why());
        rejection.into_response()
    };
    // A client of WebSocket follows no redirect.
    if request.headers().contains_key(header::UPGRADE) || request.method() == Method::CONNECT {
        return refuse(Rejection::new(
            StatusCode::FORBIDDEN,
            "this port only redirects to https: connect with `wss://`",
        ));
    }
    let Some(host) = host::of(request.uri(), request.headers()).filter(|host| !host.name.is_empty()) else {
        return refuse(Rejection::bad_request("the request names no host to redirect to"));
    };
    let port = match shared.https_port() {
        None | Some(443) => String::new(),
        Some(port) => format!(":{port}"),
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let location = format!("https://{}{port}{path}", host.name);
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response()
}
