//! A handshake as a test writes it.

use http::header::{
    CONNECTION, HOST, ORIGIN, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::request::Builder;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt;

use super::client::{Client, patiently};
use super::error::{Error, Rejected};
use super::{Result, TestApp};

/// A handshake that is still to be sent. What it says of its own is valid; every header may be said otherwise.
#[must_use = "a request does nothing until it connects"]
#[derive(Debug)]
pub struct Request {
    app: TestApp,
    builder: Builder,
    headers: HeaderMap,
}

impl Request {
    pub(super) fn new(app: TestApp, path: &str) -> Self {
        let headers = [
            (HOST, "localhost"),
            (UPGRADE, "websocket"),
            (CONNECTION, "Upgrade"),
            (SEC_WEBSOCKET_VERSION, "13"),
            (SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let headers =
            headers.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        Self { app, builder: http::Request::get(path), headers }
    }

    /// Says a header, in place of what was said under this name.
    pub fn header(mut self, name: impl TryInto<HeaderName>, value: impl TryInto<HeaderValue>) -> Self {
        match (name.try_into(), value.try_into()) {
            (Ok(name), Ok(value)) => {
                self.headers.insert(name, value);
            }
            // An invalid one makes the request fail when it is sent.
            _ => self.builder = self.builder.header("\0", "\0"),
        }
        self
    }

    /// Leaves a header out.
    pub fn without(mut self, name: HeaderName) -> Self {
        self.headers.remove(name);
        self
    }

    /// Comes from a page of this origin, as a browser says it.
    pub fn origin(self, origin: &str) -> Self {
        self.header(ORIGIN, origin)
    }

    /// Offers subprotocols, in this order.
    pub fn subprotocols(self, names: &[&str]) -> Self {
        self.header(SEC_WEBSOCKET_PROTOCOL, names.join(", "))
    }

    /// Sends it, and expects the upgrade.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the HTTP response if it is refused.
    pub async fn connect(self) -> Result<Client, Error> {
        let mut response = self.send().await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let upgraded = hyper::upgrade::on(&mut response).await?;
            return Ok(Client::new(upgraded, std::mem::take(response.headers_mut())));
        }
        Err(Error::Rejected(Box::new(rejected(response).await?)))
    }

    /// Sends it, and expects it to be refused.
    ///
    /// # Errors
    /// [`Error::Upgraded`] if it is not.
    pub async fn rejection(self) -> Result<Rejected, Error> {
        let response = self.send().await?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Error::Upgraded);
        }
        rejected(response).await
    }

    async fn send(self) -> Result<http::Response<hyper::body::Incoming>, Error> {
        let mut request = self.builder.body(String::new())?;
        request.headers_mut().extend(self.headers);
        patiently(self.app.send(request), "an answer to the handshake").await?
    }
}

async fn rejected(response: http::Response<hyper::body::Incoming>) -> Result<Rejected, Error> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Rejected {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
