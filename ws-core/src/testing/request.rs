//! A handshake request to an app in memory.

use std::time::Duration;

use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::app::TestApp;
use crate::client::{self, Client, Error, Rejected};

/// The longest that a wait in a test may take, in real time.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// A handshake request that is not sent yet, created by [`TestApp::request`]. It is valid as it is, and you can change
/// every header.
///
/// ```
/// # use ws_core::prelude::*;
/// # #[websocket("/chat/{room}")]
/// # #[derive(Default)]
/// # struct Chat;
/// # #[websocket]
/// # impl Chat {}
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ws_core::testing::Result {
/// use axum::http::header::SEC_WEBSOCKET_KEY;
/// use ws_core::testing;
///
/// let app = testing::start(testing::app!())?;
/// let client = app.request("/chat/kitchen").header("cookie", "name=ada").connect().await?;
/// assert_eq!(client.subprotocol(), None);
///
/// let rejected = app.request("/chat/kitchen").without(SEC_WEBSOCKET_KEY).rejection().await?;
/// assert_eq!(rejected.status, 400);
/// # Ok(())
/// # }
/// ```
#[must_use = "a request does nothing until it connects"]
#[derive(Debug)]
pub struct Request {
    app: TestApp,
    path: String,
    handshake: client::Request,
}

impl Request {
    pub(super) fn new(app: TestApp, path: &str) -> Self {
        let request = client::request(&format!("ws://localhost{path}")).patience(PATIENCE);
        let mut headers = HeaderMap::new();
        app.add_cookies(path, &mut headers);
        let with_cookies = |request: client::Request, (name, value)| request.header(name, value);
        let handshake = headers.iter().fold(request, with_cookies);
        Self { app, path: path.to_owned(), handshake }
    }

    /// Sets a header, and replaces an earlier one of the same name; see [`client::Request::header`].
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        Self { handshake: self.handshake.header(name, value), ..self }
    }

    /// Removes a header, even one of the handshake, to test how the app rejects the request.
    pub fn without(self, name: HeaderName) -> Self {
        Self { handshake: self.handshake.without(name), ..self }
    }

    /// Sets the `Origin` header, as a browser does for a page of this origin (RFC 6454). Without it, the request counts
    /// as one of a program and passes the origin check.
    pub fn origin(self, origin: &str) -> Self {
        self.header(ORIGIN, origin)
    }

    /// Offers subprotocols in order of preference; see [`client::Request::subprotocols`].
    pub fn subprotocols(self, names: &[&str]) -> Self {
        Self { handshake: self.handshake.subprotocols(names), ..self }
    }

    /// Sends the request, and expects the app to accept it.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the HTTP response if the app rejects the request, [`Error::Path`], [`Error::Request`] or
    /// [`Error::Url`] if the request is invalid, and [`Error::Timeout`] if the app does not answer within 5 s of real time.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with time enabled.
    ///
    /// # Cancel safety
    /// If you drop the future, the connection is dropped.
    pub async fn connect(self) -> Result<Client, Error> {
        checked_path(&self.path)?;
        let connected = self.handshake.connect_over(self.app.stream()).await;
        match &connected {
            Ok(client) => self.app.store_cookies(&self.path, client.headers()),
            Err(Error::Rejected(rejected)) => self.app.store_cookies(&self.path, &rejected.headers),
            Err(_) => {}
        }
        connected
    }

    /// Sends the request, expects the app to reject it, and returns the HTTP response.
    ///
    /// # Errors
    /// [`Error::Upgraded`] if the app accepts the request. Otherwise the same as for [`connect`](Self::connect).
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with time enabled.
    ///
    /// # Cancel safety
    /// If you drop the future, the connection is dropped.
    pub async fn rejection(self) -> Result<Rejected, Error> {
        match self.connect().await {
            Ok(_) => Err(Error::Upgraded),
            Err(Error::Rejected(rejected)) => Ok(*rejected),
            Err(error) => Err(error),
        }
    }
}

/// Checks that `path` starts with `/`.
pub(super) fn checked_path(path: &str) -> Result<(), Error> {
    if path.starts_with('/') {
        return Ok(());
    }
    let rest =
        path.split_once("://").map_or(path, |(_, url)| url.split_once('/').map_or("", |(_, rest)| rest));
    Err(Error::Path { path: path.to_owned(), corrected: format!("/{rest}") })
}
