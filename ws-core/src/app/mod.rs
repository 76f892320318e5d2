//! An app: what is linked or mounted, what it is given ([`limits`] apart), and how it becomes a router or a server.

mod limits;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::{Route as AxumRoute, any};
use http::{StatusCode, Uri};

use crate::compression::Compression;
use crate::error::{Error, Result};
use crate::handle::AppHandle;
use crate::handler::Handler;
use crate::handshake::origin::Origin;
use crate::handshake::proxies::Proxies;
use crate::limits::{Bounds, Limits};
use crate::panics;
use crate::pattern::Pattern;
use crate::route::endpoint::Endpoint;
use crate::route::table::{self, Routes};
use crate::route::{Kind, Route, linked};
use crate::service::Service;
use crate::shared::state::States;
use crate::shared::{Setup, Shared};

type Layer = Box<dyn FnOnce(Router) -> Router + Send>;

/// Gathers handlers and what they need, and becomes a running server ([`run`](Self::run), [`serve`](Self::serve),
/// [`bind`](Self::bind)) or an axum router ([`into_router`](Self::into_router)).
///
/// ```no_run
/// use std::time::Duration;
/// use ws_core::App;
///
/// fn main() -> ws_core::Result {
///     App::linked().base_url("/api").idle_timeout(Duration::from_secs(120)).run("127.0.0.1:8080")
/// }
/// ```
#[must_use = "an app does nothing until it is run"]
pub struct App {
    shared: Arc<Shared>,
    routes: Vec<Route>,
    /// The module that `routes` are of, if it is only one.
    searched: Option<String>,
    states: States,
    base_url: String,
    public: Vec<String>,
    limits: Limits,
    bounds: Bounds,
    proxies: Vec<String>,
    compression: Option<Compression>,
    beside: Option<Router>,
    layers: Vec<Layer>,
    pub(crate) workers: Option<usize>,
}

impl App {
    /// Every handler that `#[websocket("/path")]` registered in this program, sorted by path.
    ///
    /// A crate that nothing names is not linked: write `use your_crate as _;`.
    pub fn linked() -> Self {
        Self::of(linked::routes(None), None)
    }

    /// The handlers of one module and those below it, or of one crate: `App::linked_in(module_path!())`. For tests
    /// and libraries.
    pub fn linked_in(module: &str) -> Self {
        Self::of(linked::routes(Some(module)), Some(module.to_owned()))
    }

    /// No handler: all are mounted by hand.
    pub fn empty() -> Self {
        Self::of(Vec::new(), None)
    }

    fn of(routes: Vec<Route>, searched: Option<String>) -> Self {
        Self {
            shared: Arc::default(),
            routes,
            searched,
            states: States::default(),
            base_url: String::new(),
            public: Vec::new(),
            limits: Limits::default(),
            bounds: Bounds::default(),
            proxies: Vec::new(),
            compression: None,
            beside: None,
            layers: Vec::new(),
            workers: None,
        }
    }

    /// Mounts `H` at `path`, with a value that its `#[init]` reads with
    /// [`Upgrade::options`](crate::Upgrade::options); `()` for none. The same handler may be mounted on many paths;
    /// what its own attribute says belongs to that route alone. [`route`](Self::route) says more.
    #[track_caller]
    pub fn mount<H: Handler>(self, path: impl Into<String>, options: impl Any + Send + Sync) -> Self {
        self.route(Route::new::<H>(path).options(options))
    }

    /// Mounts service `S` at `path`; [`route`](Self::route) with [`Route::service`] says more.
    #[track_caller]
    pub fn mount_service<S: Service>(self, path: impl Into<String>) -> Self {
        self.route(Route::service::<S>(path))
    }

    /// Mounts a route.
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// Gives a value to `State<T>` in `#[init]`, [`Context::state`](crate::Context::state) and
    /// [`AppHandle::state`]. One value for each type; a second takes the first's place.
    pub fn state<T: Any + Send + Sync>(mut self, state: T) -> Self {
        self.states.insert(state);
        self
    }

    /// Goes before every route: `"/api"` (B1).
    pub fn base_url(mut self, base: impl Into<String>) -> Self {
        self.base_url = base.into();
        self
    }

    /// Where the app is reached from outside, as in `"https://example.com"`: pages from there may connect although
    /// a proxy rewrites `Host`. May be said several times.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public.push(url.into());
        self
    }

    /// Compresses messages (permessage-deflate) where a client offers it; `None`: never, the default.
    pub fn compress(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.compression = compression.into();
        self
    }

    /// Serves `router` beside the handlers: whatever is not one of their paths goes there.
    pub fn beside(mut self, router: Router) -> Self {
        self.beside = Some(router);
        self
    }

    /// Wraps everything, the router beside included, in a tower layer; the last one is outermost.
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: tower_layer::Layer<AxumRoute> + Clone + Send + Sync + 'static,
        L::Service: tower_service::Service<axum::extract::Request> + Clone + Send + Sync + 'static,
        <L::Service as tower_service::Service<axum::extract::Request>>::Response: IntoResponse + 'static,
        <L::Service as tower_service::Service<axum::extract::Request>>::Error:
            Into<std::convert::Infallible> + 'static,
        <L::Service as tower_service::Service<axum::extract::Request>>::Future: Send + 'static,
    {
        self.layers.push(Box::new(|router| router.layer(layer)));
        self
    }

    /// How many threads [`run`](Self::run) uses, each with a runtime of its own; one for each core by default.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The table of routes: path, handler, place in the program.
    #[must_use]
    pub fn routes(&self) -> Routes {
        Routes::new(&self.routes, self.base_url.trim_end_matches('/'))
    }

    /// A handle to the app, good before and after the start.
    #[must_use]
    pub fn handle(&self) -> AppHandle {
        AppHandle(self.shared.clone())
    }

    /// The handlers as an axum router, to be mounted in an axum app. Draining is up to
    /// [`AppHandle::drain`]; [`Context::peer_addr`](crate::Context::peer_addr) wants
    /// `into_make_service_with_connect_info::<SocketAddr>()`. A service starts when its first client comes, on the runtime
    /// that serves that client.
    ///
    /// # Panics
    /// With the text of [`try_into_router`](Self::try_into_router)'s error.
    #[track_caller]
    pub fn into_router(self) -> Router {
        match self.try_into_router() {
            Ok(router) => router,
            Err(error) => panic!("{error}"),
        }
    }

    /// As [`into_router`](Self::into_router).
    ///
    /// # Errors
    /// Whatever keeps the app from starting; see [`Error`].
    pub fn try_into_router(self) -> Result<Router> {
        self.build()
    }

    /// The routes of services, one for each service.
    pub(crate) fn services(&self) -> Vec<(Kind, String)> {
        let mut services: Vec<(Kind, String)> = Vec::new();
        for route in self.routes.iter().filter(|route| route.handler.is_service()) {
            if services.iter().all(|(known, _)| known.type_id() != route.handler.type_id()) {
                services.push((route.handler, route.whence()));
            }
        }
        services
    }

    /// The router of a server of our own, which also answers where nothing is mounted.
    pub(crate) fn build_whole(mut self) -> Result<Router> {
        let shared = self.shared.clone();
        self.beside.get_or_insert_with(|| not_found(shared));
        self.build()
    }

    fn build(self) -> Result<Router> {
        let base = base(&self.base_url)?;
        let problem = self.limits.problem().or(self.bounds.problem());
        if let Some(problem) = problem.or_else(|| self.compression.as_ref()?.problem()) {
            return Err(Error::BadSetting(problem.to_owned()));
        }
        let public = self.public.iter().map(|url| public_origin(url)).collect::<Result<_>>()?;
        let proxies = Proxies::parse(&self.proxies).map_err(|text| {
            Error::BadSetting(format!(
                "trusted_proxies: `{text}` is neither an address, as in `10.0.0.7` or `::1`, nor a network, as in \
                 `10.0.0.0/8` or `fd00::/8`"
            ))
        })?;
        if let Some(module) = self.searched.filter(|_| self.routes.is_empty()) {
            return Err(Error::NoRouteIn { module, others: linked::modules() });
        }
        let patterns = table::check(&self.routes, base, &self.limits, &self.states)?;
        if cfg!(panic = "abort") {
            let warning =
                "built with `panic = \"abort\"`: a callback that panics takes the whole program down";
            // A program that keeps no log is told as well.
            if tracing::dispatcher::has_been_set() {
                tracing::warn!("{warning}");
            } else {
                eprintln!("warning: {warning}");
            }
        }
        panics::watch();
        tracing::info!("routes:\n{}", Routes::new(&self.routes, base));
        let mut router = Router::new();
        for (route, pattern) in self.routes.iter().zip(&patterns) {
            if let Some(limits) = route.limits.inbox.limits() {
                route.handler.bound(&self.shared, limits);
            }
            let endpoint = Arc::new(Endpoint::new(route, &self.shared));
            router = router.route(
                pattern.as_str(),
                any(move |request: axum::extract::Request| endpoint.clone().answer(request)),
            );
        }
        self.shared.settle(Setup {
            states: self.states,
            directory: crate::shared::directory::Directory(table::sites(&self.routes, patterns)),
            limits: self.limits,
            bounds: self.bounds,
            proxies,
            compression: self.compression,
            public,
        });
        if let Some(beside) = self.beside {
            router = router.fallback_service(beside);
        }
        Ok(self.layers.into_iter().fold(router, |router, layer| layer(router)))
    }
}

/// Answers where nothing is mounted (B9).
fn not_found(shared: Arc<Shared>) -> Router {
    Router::new().fallback(move |uri: Uri| async move {
        shared.stats.rejected(StatusCode::NOT_FOUND.as_u16());
        (StatusCode::NOT_FOUND, format!("nothing is served at {}\n", uri.path()))
    })
}

fn base(url: &str) -> Result<&str> {
    let base = url.trim_end_matches('/');
    if base.is_empty() {
        return Ok("");
    }
    match Pattern::parse(base) {
        Ok(_) if base.contains('{') => {
            Err(Error::BadSetting(format!("base_url `{url}`: a base url has no parameters, as in `/api`")))
        }
        Ok(_) => Ok(base),
        Err(_) if base.contains("://") => Err(Error::BadSetting(format!(
            "base_url `{url}`: it goes before every path, so write a path, as in `/api`; an address is `public_url`"
        ))),
        Err(problem) => Err(Error::BadSetting(format!("base_url `{url}`: {problem}"))),
    }
}

fn public_origin(url: &str) -> Result<Origin> {
    Origin::parse(url).filter(|_| !url.contains('*')).ok_or_else(|| {
        Error::BadSetting(format!(
            "public_url `{url}` is written `https://example.com` or `https://example.com:8443`"
        ))
    })
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("routes", &self.routes)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Pins the routes of an app, so that one that vanishes (or appears) at link time fails a test.
///
/// ```
/// use ws_core::prelude::*;
///
/// #[websocket("/chat/{room}")]
/// #[derive(Default)]
/// struct Chat;
///
/// #[websocket]
/// impl Chat {}
///
/// # fn main() {
/// # let app = App::empty().mount::<Chat>("/chat/{room}", ());
/// ws_core::assert_routes!(app, {
///     "/chat/{room}" => Chat,
/// });
/// # }
/// ```
#[macro_export]
macro_rules! assert_routes {
    ($app:expr, { $($path:literal => $handler:ty),* $(,)? }) => {
        $app.routes().assert(&[$((
            $path,
            ::core::any::TypeId::of::<$handler>(),
            ::core::any::type_name::<$handler>(),
        )),*])
    };
}
