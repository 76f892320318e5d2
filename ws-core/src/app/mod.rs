//! The app: its routes, state and settings ([`setters`] has those that limit connections, [`origins`] those that
//! select clients by origin and host, [`settings`] the checks), and how
//! they become a router or a server. [`beside`] shares the paths of handlers with the router beside them, and [`hosts`]
//! checks `Host`.

mod beside;
mod hosts;
mod origins;
mod setters;
mod settings;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::Route as AxumRoute;

use self::beside::Beside;
use self::settings::{base, limited, not_found, public_origin};
use crate::error::{Error, Result};
use crate::handler::{AppHandle, AppInner, Handler};
use crate::handshake::hosts::Hosts;
use crate::handshake::origins::OriginList;
use crate::handshake::proxies::Proxies;
use crate::protocol::Compression;
use crate::route::endpoint::Endpoint;
use crate::route::table::{self, Routes};
use crate::route::{Kind, Route, linked};
use crate::service::Service;
use crate::shared::Setup;
use crate::shared::limits::{AppLimits, Limits};
use crate::shared::panics;
use crate::shared::states::States;
use crate::shared::urls::UrlResolver;

/// The default length of the queue of connections that wait to be accepted. The system may allow less.
const BACKLOG: u32 = 4096;

type Layer = Box<dyn FnOnce(Router) -> Router + Send>;

/// Collects routes, state and settings, and becomes a running server ([`run`](Self::run), [`serve`](Self::serve),
/// [`bind`](Self::bind)) or an axum router ([`into_router`](Self::into_router)).
///
/// Nothing is checked before that: a bad path, a conflict between routes, a missing state or a setting out of range is
/// an [`Error`] at startup, with the place in your program.
///
/// The first app that starts in a process installs a panic hook, so that the log and [`Panic`](crate::Panic) have the
/// location of a panic in a callback. It calls the hook that was installed before, for every panic. A hook that you
/// install later replaces it, and the location is then missing unless yours calls the previous one.
///
/// ```no_run
/// use std::time::Duration;
/// use ws_core::App;
///
/// fn main() -> ws_core::Result {
///     App::discover().base_url("/api").idle_timeout(Duration::from_secs(120)).run("127.0.0.1:8080")
/// }
/// ```
#[must_use = "an `App` does nothing unless you run it"]
pub struct App {
    inner: Arc<AppInner>,
    routes: Vec<Route>,
    /// The module that was searched for routes, if the app was created by `discover_in`.
    searched: Option<String>,
    states: States,
    base_url: String,
    public: Vec<String>,
    origins: OriginList,
    hosts: Option<Vec<String>>,
    limits: Limits,
    total_limits: AppLimits,
    proxies: Vec<String>,
    compression: Option<Compression>,
    fallback: Option<Router>,
    layers: Vec<Layer>,
    pub(crate) workers: Option<usize>,
    pub(crate) backlog: u32,
}

impl App {
    /// Creates an app with every handler and service that `#[websocket("/path")]` or `#[service]` registered in this
    /// program, sorted by path.
    ///
    /// The linker leaves out a crate that nothing refers to, and its handlers with it. Write `use your_crate as _;` to
    /// keep them.
    pub fn discover() -> Self {
        Self::of(linked::routes(None), None)
    }

    /// Creates an app with the registered handlers and services of one module and its submodules, or of one crate:
    /// `App::discover_in(module_path!())`. For tests and libraries.
    pub fn discover_in(module: &str) -> Self {
        Self::of(linked::routes(Some(module)), Some(module.to_owned()))
    }

    /// Creates an app without any route. Add them with [`mount`](Self::mount), [`mount_service`](Self::mount_service)
    /// or [`route`](Self::route).
    pub fn new() -> Self {
        Self::of(Vec::new(), None)
    }

    fn of(routes: Vec<Route>, searched: Option<String>) -> Self {
        Self {
            inner: Arc::default(),
            routes,
            searched,
            states: States::default(),
            base_url: String::new(),
            public: Vec::new(),
            origins: OriginList::default(),
            hosts: None,
            limits: Limits::default(),
            total_limits: AppLimits::default(),
            proxies: Vec::new(),
            compression: None,
            fallback: None,
            layers: Vec::new(),
            workers: None,
            backlog: BACKLOG,
        }
    }

    /// Mounts handler `H` at `path`.
    ///
    /// `options` is any value, which `#[init]` can read with [`Upgrade::options`](crate::Upgrade::options); pass `()`
    /// if there is none. You can mount the same handler on several paths. The options of its own `#[websocket("/path",
    /// …)]` attribute apply to that registered route only.
    ///
    /// This is short for [`route`](Self::route) with [`Route::new`], which has more settings.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// struct Room {
    ///     seats: usize,
    /// }
    ///
    /// #[websocket]
    /// impl Room {
    ///     #[init]
    ///     fn new(upgrade: &mut Upgrade<Self>) -> Self {
    ///         Room { seats: upgrade.options().copied().unwrap_or(2) }
    ///     }
    /// }
    ///
    /// let app = App::new().mount::<Room>("/small", 8_usize).mount::<Room>("/large", 500_usize);
    /// # let _ = app.into_router();
    /// ```
    #[track_caller]
    pub fn mount<H: Handler>(self, path: impl Into<String>, options: impl Any + Send + Sync) -> Self {
        self.route(Route::new::<H>(path).options(options))
    }

    /// Mounts service `S` at `path`. This is short for [`route`](Self::route) with [`Route::service`].
    #[track_caller]
    pub fn mount_service<S: Service>(self, path: impl Into<String>) -> Self {
        self.route(Route::service::<S>(path))
    }

    /// Mounts a route.
    pub fn route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// Provides a value of type `T` to `State<T>` in `#[init]`, to [`Context::state`](crate::Context::state) and to
    /// [`AppHandle::state`].
    ///
    /// There is one value for each type: a second value of the same type replaces the first. A handler whose `State<T>`
    /// is not provided is an error at startup ([`Error::MissingState`]).
    pub fn state<T: Any + Send + Sync>(mut self, state: T) -> Self {
        self.states.insert(state);
        self
    }

    /// Prepends `base` to the path of every route, as in `"/api"`. Empty by default.
    pub fn base_url(mut self, base: impl Into<String>) -> Self {
        self.base_url = base.into();
        self
    }

    /// Enables compression (permessage-deflate, RFC 7692) for clients that offer it; `None` disables it. Disabled by
    /// default. A route's own setting takes precedence.
    pub fn compress(mut self, compression: impl Into<Option<Compression>>) -> Self {
        self.compression = compression.into();
        self
    }

    /// Serves `router` for every path that is not one of the app's routes, and for requests at their paths that are no
    /// handshake, if it has a route for them: `POST /graphql`, and the socket at `/graphql`. A second call replaces the
    /// first router.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use ws_core::App;
    ///
    /// let app = App::discover().fallback(Router::new().route("/health", get(|| async { "ok" })));
    /// ```
    pub fn fallback(mut self, router: Router) -> Self {
        self.fallback = Some(router);
        self
    }

    /// Wraps all routes, and the router given to [`fallback`](Self::fallback), in a tower layer. The last layer is the
    /// outermost.
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

    /// Sets the number of threads that [`run`](Self::run) serves on, each with its own runtime. One for each core by
    /// default; at least one. [`serve`](Self::serve) ignores it.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// Sets how many connections may wait to be accepted. 4,096 by default, or less if the system's own limit is lower
    /// (`net.core.somaxconn` on Linux). Clients beyond that wait for a second or longer before they try again.
    ///
    /// It applies if you give [`run`](Self::run), [`serve`](Self::serve) or [`bind`](Self::bind) an address. A listener
    /// of yours keeps its own backlog.
    pub fn backlog(mut self, connections: u32) -> Self {
        self.backlog = connections;
        self
    }

    /// Returns the table of routes: paths, handlers, and places in the program.
    #[must_use]
    pub fn routes(&self) -> Routes {
        Routes::new(&self.routes, self.base_url.trim_end_matches('/'))
    }

    /// Returns a handle to the app. You can call it before the app starts; the handle stays valid afterwards.
    #[must_use]
    pub fn handle(&self) -> AppHandle {
        AppHandle::new(self.inner.clone())
    }

    /// Converts the app into an axum router, to serve or nest in an axum app.
    ///
    /// Unlike a server started with [`run`](Self::run), [`serve`](Self::serve) or [`bind`](Self::bind), the router
    ///
    /// - handles no signals: call [`AppHandle::drain`] to shut down;
    /// - knows the client's address ([`Context::peer_addr`](crate::Context::peer_addr)) only if you serve it with
    ///   `into_make_service_with_connect_info::<SocketAddr>()`;
    /// - starts a service when its first client connects, on the runtime that serves that client.
    ///
    /// ```no_run
    /// use axum::Router;
    /// use axum::routing::get;
    ///
    /// let app = ws_core::App::discover();
    /// let handle = app.handle(); // To drain the app on shutdown.
    /// let router: Router = Router::new().route("/health", get(|| async { "ok" })).merge(app.into_router());
    /// ```
    ///
    /// axum panics when you merge this router with one that has a route for GET at a handler's path, because that route
    /// would take the handshakes. Give such a router to [`fallback`](Self::fallback) instead.
    ///
    /// # Panics
    /// Panics with the text of [`try_into_router`](Self::try_into_router)'s error.
    #[track_caller]
    pub fn into_router(self) -> Router {
        match self.try_into_router() {
            Ok(router) => router,
            Err(error) => panic!("{error}"),
        }
    }

    /// Converts the app into an axum router, like [`into_router`](Self::into_router).
    ///
    /// # Errors
    /// Returns an [`Error`] if a route or a setting is wrong, or a state is missing.
    pub fn try_into_router(self) -> Result<Router> {
        self.build()
    }

    /// The services, each once, with the place of its first route.
    pub(crate) fn services(&self) -> Vec<(Kind, String)> {
        let mut services: Vec<(Kind, String)> = Vec::new();
        for route in self.routes.iter().filter(|route| route.handler.is_service()) {
            if services.iter().all(|(known, _)| known.type_id() != route.handler.type_id()) {
                services.push((route.handler, route.source()));
            }
        }
        services
    }

    /// Builds the router of a server, which also answers requests for paths that nothing is mounted at.
    pub(crate) fn build_whole(mut self) -> Result<Router> {
        let fallback = self.fallback.take().unwrap_or_else(|| not_found(self.inner.shared.clone()));
        self.fallback = Some(limited(fallback));
        self.build()
    }

    fn build(self) -> Result<Router> {
        let base = base(&self.base_url)?;
        let problem = self.limits.problem().or(self.total_limits.problem());
        let problem = problem.or((self.backlog == 0).then_some("`backlog` must be at least 1"));
        if let Some(problem) = problem.or_else(|| self.compression.as_ref()?.problem()) {
            return Err(Error::BadSetting(problem.to_owned()));
        }
        let public = self.public.iter().map(|url| public_origin(url)).collect::<Result<_>>()?;
        let proxies = Proxies::parse(&self.proxies).map_err(|text| {
            Error::BadSetting(format!(
                "trusted_proxies: `{text}` is not an IP address (such as `10.0.0.7` or `::1`) or a network (such as \
                 `10.0.0.0/8` or `fd00::/8`), nor `unix`"
            ))
        })?;
        let origins = self
            .origins
            .parse()
            .map_err(|problem| Error::BadSetting(format!("`App::origins`: {problem}")))?;
        let hosts = self.hosts.as_deref().map(Hosts::parse).transpose().map_err(|text| {
            Error::BadSetting(format!(
                "hosts: `{text}` is not a host; write it as `example.com`, `example.com:8080` or `*.example.com`"
            ))
        })?;
        if let Some(module) = self.searched.filter(|_| self.routes.is_empty()) {
            return Err(Error::NoRouteIn { module, others: linked::modules() });
        }
        let patterns = table::check(&self.routes, base, &self.limits, &self.states)?;
        if cfg!(panic = "abort") {
            let warning = "built with `panic = \"abort\"`: a panic in a callback aborts the whole process";
            // A program without a `tracing` subscriber gets the warning too.
            if tracing::dispatcher::has_been_set() {
                tracing::warn!("{warning}");
            } else {
                eprintln!("warning: {warning}");
            }
        }
        panics::watch();
        tracing::info!("routes:\n{}", Routes::new(&self.routes, base));
        let beside = self.fallback.as_ref().and_then(Beside::new);
        let mut router = Router::new();
        for (route, pattern) in self.routes.iter().zip(&patterns) {
            if let Some(limits) = route.limits.inbox.limits() {
                route.handler.set_limits(&self.inner, limits);
            }
            let origins = match &route.origins {
                Some(origins) => origins.parse().map_err(Error::BadSetting)?,
                None => origins.clone(),
            };
            let endpoint = Endpoint::new(route, &self.inner, origins);
            let has_params = pattern.as_str().contains('{');
            router = router.route(pattern.as_str(), beside::route(endpoint, beside.clone(), has_params));
        }
        self.inner.shared.set_up(Setup {
            states: self.states,
            urls: UrlResolver(table::entries(&self.routes, patterns)),
            limits: self.limits,
            app_limits: self.total_limits,
            proxies,
            compression: self.compression,
            public,
            has_hosts: hosts.is_some(),
        });
        if let Some(fallback) = self.fallback {
            router = router.fallback_service(fallback);
        }
        let router = self.layers.into_iter().fold(router, |router, layer| layer(router));
        Ok(match hosts {
            Some(hosts) => hosts::only(hosts, self.inner.shared.clone(), router),
            None => router,
        })
    }
}

impl Default for App {
    /// Creates an app without routes, as [`new`](Self::new) does.
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("routes", &self.routes)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
