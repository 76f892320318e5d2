//! The plain HTTP response to a rejected handshake: a status, and the reason as text.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};

/// The reason for a rejection, as the client reads it.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub(crate) status: StatusCode,
    why: String,
    /// The headers that the status requires.
    pub(crate) headers: &'static [(HeaderName, &'static str)],
}

impl Rejection {
    pub(crate) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into(), headers: &[] }
    }

    pub(crate) fn bad_request(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    pub(crate) const fn headers(mut self, headers: &'static [(HeaderName, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    pub(crate) fn why(&self) -> &str {
        &self.why
    }
}

impl IntoResponse for Rejection {
    fn into_response(mut self) -> Response {
        self.why.push('\n');
        let mut response = (self.status, self.why).into_response();
        for (name, value) in self.headers {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
