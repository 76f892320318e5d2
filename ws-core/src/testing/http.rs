//! Plain HTTP requests to an app in memory.

use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::app::TestApp;
use super::request::{PATIENCE, checked_path};
use crate::client::{Error, exchange, patiently};
use crate::message::Escaped;

/// A plain HTTP request that is not sent yet, created by [`TestApp::get`], [`post`](TestApp::post) or
/// [`method`](TestApp::method).
///
/// ```
/// # use ws_core::prelude::*;
/// # #[websocket("/chat")]
/// # #[derive(Default)]
/// # struct Chat;
/// # #[websocket]
/// # impl Chat {}
/// use axum::{Json, Router, routing::post};
/// use ws_core::testing;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> testing::Result {
/// let double = Router::new().route("/double", post(async |Json(number): Json<u32>| Json(number * 2)));
/// let app = testing::start(testing::app!().fallback(double))?;
/// let response = app.post("/double").json(&21).send().await?;
/// assert_eq!((response.status, response.json::<u32>()?), (200, 42));
/// # Ok(())
/// # }
/// ```
#[must_use = "a request does nothing until you send it"]
#[derive(Debug)]
pub struct HttpRequest {
    app: TestApp,
    request: http::Request<Bytes>,
    /// The first error of the request, which `send` returns.
    error: Option<Error>,
}

impl HttpRequest {
    pub(super) fn new(app: TestApp, method: Method, path: &str) -> Self {
        let uri = checked_path(path)
            .and_then(|()| path.parse::<Uri>().map_err(|error| Error::Request(error.into())));
        let (uri, error) = match uri {
            Ok(uri) => (uri, None),
            Err(error) => (Uri::default(), Some(error)),
        };
        let mut request = http::Request::new(Bytes::new());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        request.headers_mut().insert(HOST, HeaderValue::from_static("localhost"));
        app.add_cookies(path, request.headers_mut());
        Self { app, request, error }
    }

    /// Sets a header, and replaces an earlier one of the same name. If the name or the value is invalid,
    /// [`send`](Self::send) returns the error.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        match (name.try_into().map_err(Into::into), value.try_into().map_err(Into::into)) {
            (Ok(name), Ok(value)) => {
                self.request.headers_mut().insert(name, value);
            }
            (Err(error), _) | (_, Err(error)) => {
                self.error.get_or_insert(Error::Request(error));
            }
        }
        self
    }

    /// Sets the body. Set its `content-type` with [`header`](Self::header).
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// Sets the body to `value` as JSON, and the `content-type`.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.body(body).header(CONTENT_TYPE, "application/json"),
            Err(error) => {
                self.error.get_or_insert(Error::Json(error));
                self
            }
        }
    }

    /// Sets the body to the fields of a form, as a browser sends it, and the `content-type`.
    pub fn form<N, V>(self, fields: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        let encoded = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let pair = |(name, value): (N, V)| format!("{}={}", encoded(name.as_ref()), encoded(value.as_ref()));
        let pairs: Vec<_> = fields.into_iter().map(pair).collect();
        self.body(pairs.join("&")).header(CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    /// Sends the request, and returns the response, whatever its status. Redirects are not followed.
    ///
    /// # Errors
    /// [`Error::Path`], [`Error::Request`] or [`Error::Json`] if the request is invalid, [`Error::Http`] if the app closes
    /// the connection without a response, [`Error::TooLarge`] if the body is larger than 64 MiB, and [`Error::Timeout`] if
    /// the app does not answer within 5 s of real time.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime with time enabled.
    ///
    /// # Cancel safety
    /// If you drop the future, the connection is dropped.
    pub async fn send(self) -> Result<Response, Error> {
        let Self { app, request, error } = self;
        if let Some(error) = error {
            return Err(error);
        }
        let path = request.uri().path().to_owned();
        let exchange = Box::pin(exchange(app.stream(), request));
        let response = patiently(Some(PATIENCE), "the response", exchange).await??;
        let (parts, body) = response.into_parts();
        app.store_cookies(&path, &parts.headers);
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}

/// The response to a plain HTTP request.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// Returns the body as text, with invalid UTF-8 replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`Error::Json`] if the body is not JSON of type `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// Writes the status and the body as text, for failed assertions.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match StatusCode::from_u16(self.status) {
            Ok(status) => write!(f, "{status}")?,
            Err(_) => write!(f, "{}", self.status)?,
        }
        write!(f, ": {}", Escaped(self.text()))
    }
}
