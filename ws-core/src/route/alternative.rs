//! The handlers of a route that are picked by the request.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderMap, Uri};

use super::kind::Kind;
use crate::connection::Params;

/// A handler that takes the place of the route's own for some requests.
#[derive(Clone)]
pub(crate) struct Alternative {
    pub(super) picks: Arc<dyn Fn(&RouteRequest<'_>) -> bool + Send + Sync>,
    pub(crate) handler: Kind,
}

/// A handshake, for the choice between the handlers of a route; see [`Route::alternative`](crate::Route::alternative).
#[derive(Clone, Copy)]
pub struct RouteRequest<'r> {
    pub(super) parts: &'r Parts,
    pub(super) params: &'r Params,
    pub(super) subprotocol: Option<&'r str>,
}

impl<'r> RouteRequest<'r> {
    /// Returns the subprotocol that the response will name: the first of the route's that the client offers.
    #[must_use]
    pub const fn subprotocol(&self) -> Option<&'r str> {
        self.subprotocol
    }

    /// Returns the headers.
    #[must_use]
    pub const fn headers(&self) -> &'r HeaderMap {
        &self.parts.headers
    }

    /// Returns the path and the query.
    #[must_use]
    pub const fn uri(&self) -> &'r Uri {
        &self.parts.uri
    }

    /// Returns the parameters of the path.
    #[must_use]
    pub const fn params(&self) -> &'r Params {
        self.params
    }
}

impl fmt::Debug for RouteRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteRequest")
            .field("uri", self.uri())
            .field("subprotocol", &self.subprotocol)
            .finish_non_exhaustive()
    }
}
