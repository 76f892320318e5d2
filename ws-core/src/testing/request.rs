//! A handshake request to an app in memory.

use std::time::Duration;

use http::header::ORIGIN;
use http::{HeaderName, HeaderValue};

use super::TestApp;
use crate::client::{self, Client, Error, Rejected};

/// How long every wait of a test may last, in real time.
const PATIENCE: Duration = Duration::from_secs(5);

/// A handshake request that is not sent yet. It is valid as it is, and every header can be changed.
#[must_use = "a request does nothing until it connects"]
#[derive(Debug)]
pub struct Request {
    app: TestApp,
    request: client::Request,
}

impl Request {
    pub(super) fn new(app: TestApp, path: &str) -> Self {
        let request = client::request(&format!("ws://localhost{path}")).patience(PATIENCE);
        Self { app, request }
    }

    /// Sets a header, in place of an earlier one of this name; see [`client::Request::header`].
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        Self { request: self.request.header(name, value), ..self }
    }

    /// Removes a header, even one of the handshake itself.
    pub fn without(self, name: HeaderName) -> Self {
        Self { request: self.request.without(name), ..self }
    }

    /// Sets the `Origin` header, as a browser does for a page of this origin.
    pub fn origin(self, origin: &str) -> Self {
        self.header(ORIGIN, origin)
    }

    /// Offers subprotocols, the preferred one first.
    pub fn subprotocols(self, names: &[&str]) -> Self {
        Self { request: self.request.subprotocols(names), ..self }
    }

    /// Sends the request, and expects the upgrade.
    ///
    /// # Errors
    /// [`Error::Rejected`] with the HTTP response if the app rejects it.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time enabled.
    pub async fn connect(self) -> Result<Client, Error> {
        self.request.connect_over(self.app.stream()).await
    }

    /// Sends the request, and expects a rejection.
    ///
    /// # Errors
    /// [`Error::Upgraded`] if the app accepts it.
    ///
    /// # Panics
    /// Outside of a tokio runtime with time enabled.
    pub async fn rejection(self) -> Result<Rejected, Error> {
        match self.request.connect_over(self.app.stream()).await {
            Ok(_) => Err(Error::Upgraded),
            Err(Error::Rejected(rejected)) => Ok(*rejected),
            Err(error) => Err(error),
        }
    }
}
