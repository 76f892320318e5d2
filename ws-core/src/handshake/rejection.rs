//! A handshake that is answered with plain HTTP: the status and what was wrong, in words.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};

/// Why a handshake was refused, as the client reads it.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub(crate) status: StatusCode,
    why: String,
    /// What a status asks to be said beside it.
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
