//! Requests at a handler's path that are no handshake. The router beside the handlers answers those that it has a route
//! for.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, OriginalUri, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use tower_service::Service;

use crate::handshake::request::is_handshake;
use crate::route::endpoint::Endpoint;

/// The router given to [`App::fallback`](super::App::fallback), for the paths of handlers.
pub(super) struct Beside {
    router: Router,
    /// Extensions that replace the parameters of the handler's path. axum would add those of the router's own route to
    /// them.
    blank: OnceLock<Extensions>,
}

impl Beside {
    /// Returns `None` if `router` has no routes.
    pub(super) fn new(router: &Router) -> Option<Arc<Self>> {
        let router = router.has_routes().then(|| router.clone())?;
        let router = router.fallback(unanswered).method_not_allowed_fallback(unanswered);
        Some(Arc::new(Self { router, blank: OnceLock::new() }))
    }

    /// Returns the answer of the router. If it has no route for the request, returns the request, and the methods that
    /// it does have routes for.
    async fn answer(
        &self,
        mut request: Request,
        has_params: bool,
    ) -> Result<Response, (Request, Option<HeaderValue>)> {
        if has_params {
            request.extensions_mut().extend(self.blank().await);
        }
        request.extensions_mut().remove::<MatchedPath>();
        let Ok(mut response) = self.router.clone().call(request).await;
        if let Some(Unanswered(request)) = response.extensions_mut().remove::<Unanswered>()
            && let Some(request) = request.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            return Err((request, response.headers_mut().remove(header::ALLOW)));
        }
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            allow_get(response.headers_mut());
        }
        Ok(response)
    }

    async fn blank(&self) -> Extensions {
        if let Some(blank) = self.blank.get() {
            return blank.clone();
        }
        let blank = Arc::new(Mutex::new(Extensions::new()));
        let filled = blank.clone();
        let mut router = Router::new().route(
            "/",
            get(move |request: Request| async move {
                let mut extensions = request.into_parts().0.extensions;
                extensions.remove::<OriginalUri>();
                extensions.remove::<MatchedPath>();
                *filled.lock().unwrap_or_else(PoisonError::into_inner) = extensions;
            }),
        );
        let Ok(_) = router.call(Request::new(Body::empty())).await;
        let blank = blank.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.blank.get_or_init(|| blank).clone()
    }
}

/// A request that the router has no route for, in the extensions of a response.
#[derive(Clone)]
struct Unanswered(Arc<Mutex<Option<Request>>>);

async fn unanswered(request: Request) -> Response {
    let mut response = StatusCode::NOT_FOUND.into_response();
    response.extensions_mut().insert(Unanswered(Arc::new(Mutex::new(Some(request)))));
    response
}

/// Adds GET, the method of handshakes, to the methods of a 405 response.
fn allow_get(headers: &mut HeaderMap) {
    let others = headers.get(header::ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or_default();
    let others = others.split(',').map(str::trim).filter(|method| !method.is_empty() && *method != "GET");
    let allow = others.fold("GET".to_owned(), |allow, method| allow + ", " + method);
    if let Ok(allow) = HeaderValue::from_str(&allow) {
        headers.insert(header::ALLOW, allow);
    }
}

/// Routes every request at the path of a handler: handshakes to `endpoint`, others to `beside` if it has a route for
/// them. `has_params`: the path has parameters.
pub(super) fn route(endpoint: Endpoint, beside: Option<Arc<Beside>>, has_params: bool) -> MethodRouter {
    let endpoint = Arc::new(endpoint);
    let answer = move |request: Request| answer(endpoint.clone(), beside.clone(), has_params, request);
    // GET is named, so that axum panics if another router that is merged with this one has a route for it: it would take
    // the handshakes.
    any(answer.clone()).get(answer)
}

async fn answer(
    endpoint: Arc<Endpoint>,
    beside: Option<Arc<Beside>>,
    has_params: bool,
    request: Request,
) -> Response {
    let Some(beside) =
        beside.filter(|_| !is_handshake(request.method(), request.headers(), request.extensions()))
    else {
        return endpoint.answer(request).await;
    };
    match beside.answer(request, has_params).await {
        Ok(response) => response,
        Err((request, allow)) => {
            let mut response = endpoint.answer(request).await;
            if let (StatusCode::METHOD_NOT_ALLOWED, Some(allow)) = (response.status(), allow) {
                response.headers_mut().insert(header::ALLOW, allow);
                allow_get(response.headers_mut());
            }
            response
        }
    }
}
