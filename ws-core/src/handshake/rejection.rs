//! The plain HTTP response to a rejected handshake: a status, and the reason as text.

use std::fmt;

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::message::Escaped;

/// The reason for a rejection, as the client reads it.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub(crate) status: StatusCode,
    why: String,
    /// The headers that the status requires.
    pub(crate) headers: &'static [(HeaderName, &'static str)],
}

impl Rejection {
    /// `why` may quote the request: it is escaped, because it is logged.
    pub(crate) fn new(status: StatusCode, why: impl fmt::Display) -> Self {
        Self { status, why: Escaped(why).to_string(), headers: &[] }
    }

    pub(crate) fn bad_request(why: impl fmt::Display) -> Self {
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
